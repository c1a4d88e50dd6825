"""A bundle's graphs judged in a child process that is started for it and has nothing to lose (see `child`).

The child gets the bytes on stdin and no environment, no files, no network. No answer in time, an answer that is none,
and a child that was ended by a signal are refusals, each in its own words. An answer is believed as far as a process
can be that has run a stranger's file: whoever breaks ONNX Runtime itself can say "found". Hence the signature, before.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import inference
from inference.bundles import Bundle
from inference.errors import BadBundle
from inference.proving.description import strict_json
from inference.proving.limits import MIB, Limits

_ROOT = str(Path(inference.__file__).parents[1])
# isolated (-I): neither the folder it is started in nor the environment says what is imported
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from inference.proving.child import main; "
    "main(int(sys.argv[2]), int(sys.argv[3]))"
)
_PASSED = ("PATH", "LD_LIBRARY_PATH")  # by which the interpreter and its libraries are found; secrets stay here
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_LARGEST = 65_536  # bytes of an answer


class _Lost(Exception):
    """The child gave no answer that could be taken."""


def judged(bundle: Bundle, limits: Limits) -> dict[str, Any]:
    """What was found in a bundle's model and attachments: figures by file name. Raises BadBundle with the reason."""
    with tempfile.TemporaryFile() as request:
        _write(request, bundle, limits)
        request.seek(0)
        try:
            answer = strict_json(_asked(request, limits), where="gave an answer that", most=_LARGEST)
        except (_Lost, BadBundle) as error:
            raise BadBundle(f"{bundle.name}: the process that tried it {error}") from error
    if isinstance(answer.get("found"), dict) and len(answer) == 1:
        return dict(answer["found"])
    reason = answer.get("refused")
    told = "".join(c if c.isprintable() else " " for c in reason[:600]) if isinstance(reason, str) else "gave no reason"
    raise BadBundle(f"{bundle.name}/{told}")


def _write(request: IO[bytes], bundle: Bundle, limits: Limits) -> None:
    files = {"model.onnx": bundle.model, **bundle.attachments}
    sizes = {name: len(data) for name, data in files.items()}
    asked = {"role": bundle.role, "config": bundle.config, "files": sizes, "limits": vars(limits)}
    head = json.dumps(asked).encode()
    request.write(len(head).to_bytes(8, "big") + head)
    for data in files.values():
        request.write(data)


def _asked(request: IO[bytes], limits: Limits) -> bytes:
    """The child's answer to a request; raises _Lost with the reason. The child is gone afterwards."""
    command = [sys.executable, "-I", "-c", _START, _ROOT, str(limits.memory), str(limits.cpu_seconds)]
    child = subprocess.Popen(  # noqa: S603  # our own module, by the interpreter that runs us
        command,
        stdin=request,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the runtime's warnings; what matters is in the answer or the exit code
        cwd="/",
        env={name: os.environ[name] for name in _PASSED if name in os.environ} | _ONE_THREAD,
        start_new_session=True,
    )
    deadline = time.monotonic() + limits.seconds
    try:
        data = _read(child, deadline, limits)
        code = child.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise _Lost(f"takes longer than {limits.seconds:g} s") from error
    finally:
        child.kill()  # no harm if it has ended: it was not waited for by others, so its number is still its own
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    if code != 0:
        raise _Lost(_why(code, limits))
    return data


def _read(child: "subprocess.Popen[bytes]", deadline: float, limits: Limits) -> bytes:
    """All that the child says, in time and no more than an answer has."""
    assert child.stdout is not None  # noqa: S101  # it was started with a pipe
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise _Lost(f"takes longer than {limits.seconds:g} s")
            piece = os.read(child.stdout.fileno(), _LARGEST)
            data += piece
            if not piece:
                return data
            if len(data) > _LARGEST:
                raise _Lost(f"says more than {_LARGEST:,} bytes")


def _why(code: int, limits: Limits) -> str:
    if code == -signal.SIGXCPU:
        return f"takes more than {limits.cpu_seconds} s of a processor"
    if code == -signal.SIGKILL:
        return "was ended by the system, as it is when there is no memory left"
    if code == -signal.SIGABRT:
        return f"gave up: it needs more memory than {limits.memory // MIB:,} MiB, or the runtime broke"
    if code < 0:
        return f"broke: {signal.strsignal(-code) or f'signal {-code}'}"
    return f"ended with code {code} and no answer"
