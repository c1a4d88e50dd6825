"""The child that tries a stranger's model: it has nothing to lose, and however it ends, whoever asked lives on."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inference.errors import BadBundle
from inference.proving import judging
from inference.proving.limits import Limits
from inference.proving.prove import prove
from inference.proving.signing import sign
from tests import toy_models as toy

KEY = Ed25519PrivateKey.generate()
TRUSTED = [KEY.public_key()]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os.kill(os.getpid(), 11)", "broke: Segmentation fault"),
        ("import os; os.abort()", "gave up: it needs more memory than 1,536 MiB, or the runtime broke"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by the system"),
        ("import time; time.sleep(60)", "takes longer than 1 s"),
        ("import os, time; os.close(1); os.close(2); time.sleep(60)", "takes longer than 1 s"),
        ("print('x' * 10**7)", "says more than 65,536 bytes"),
        ("print('all is well')", "gave an answer that cannot be read"),
        ("print('[]')", "gave an answer that must hold an object, got list"),
        ("print('{}')", "gave no reason"),
        ('print(\'{"found": {}, "refused": "no"}\')', "eye-1/no$"),
        ('print(\'{"refused": "a\\\\u001b[31mb"}\')', r"eye-1/a \[31mb$"),
        ("", "gave an answer that cannot be read"),
        ("raise SystemExit(3)", "ended with code 3 and no answer"),
    ],
)
def test_a_child_that_gives_no_answer_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    monkeypatch.setattr(judging, "_START", code)
    sign(toy.bundle(tmp_path / "eye-1", toy.model(toy.detector())), KEY)
    with pytest.raises(BadBundle, match=words):
        prove(tmp_path / "eye-1", trusted=TRUSTED, limits=Limits(seconds=1))


TRIES = """
import sys; sys.path.insert(0, sys.argv[1])
import json, os, resource, socket, subprocess, threading
from inference.proving.confine import confine
filtered = confine(int(sys.argv[2]), int(sys.argv[3]))
def tried(what):
    try:
        what()
    except (OSError, ValueError, RuntimeError, MemoryError) as error:
        return type(error).__name__
    return "done"
tries = {
    "filtered": filtered,
    "open": tried(lambda: open("/etc/passwd")),
    "write": tried(lambda: os.open(sys.argv[1] + "/written", os.O_CREAT | os.O_WRONLY)),
    "socket": tried(socket.socket),
    "fork": filtered and tried(os.fork),
    "run": filtered and tried(lambda: os.execv("/bin/true", ["true"])),
    "unlink": filtered and tried(lambda: os.unlink("/nonexistent")),
    "kill": filtered and tried(lambda: os.kill(os.getppid(), 0)),
    "thread": filtered and tried(threading.Thread(target=int).start),
    "limits": filtered and tried(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))),
    "memory": tried(lambda: bytes(2**31)),
    "secrets": [name for name in os.environ if "SECRET" in name],
}
print(json.dumps({"found": tries}))
"""


@pytest.mark.parametrize("machine", ["", "import platform; platform.machine = lambda: 'vax'\n"])
def test_the_child_has_nothing_to_lose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str) -> None:
    monkeypatch.setattr(judging, "_START", machine + TRIES)
    monkeypatch.setenv("TIDEWAITER_SECRET", "not for strangers")
    sign(toy.bundle(tmp_path / "eye-1", toy.model(toy.detector())), KEY)
    found = dict(prove(tmp_path / "eye-1", trusted=TRUSTED).found)
    assert found.pop("secrets") == []
    assert found.pop("memory") == "MemoryError"
    if found.pop("filtered"):
        assert not machine
        assert "done" not in found.values(), found
    else:  # limits alone; root may take some of them back
        assert {found[name] for name in ("open", "write", "socket")} == {"OSError"}
