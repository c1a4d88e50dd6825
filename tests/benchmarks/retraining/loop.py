"""The loop by commands alone, as docs/retraining.md walks through it: parcels, verdicts, candidate, champion, back.

.venv/bin/python -m tests.benchmarks.retraining.loop --parcels 200 --mode smoke
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
REGISTRY = ROOT / "datasets" / "samples" / "registry.csv"
READY = "Ctrl-C ends it."
MORE = 0.3  # of the parcels, posted once there is a canary
WAIT_SECONDS = 900.0


@dataclass
class Walk:
    """One walk through the loop; `seconds` says how long each part took."""

    folder: Path
    rules: str = ""  # own rules of roll-out, TOML
    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    def environment(self, **more: str) -> dict[str, str]:
        """That of a command."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEWAITER_")}
        if self.rules:
            path = self.folder / "rollout.toml"
            path.write_text(self.rules, encoding="utf-8")
            kept["TIDEWAITER_ROLLOUT_RULES"] = str(path)
        return kept | {"COLUMNS": "200"} | more

    def told(self, *arguments: str) -> str:
        """What a command says. Raises CalledProcessError with it if the command fails."""
        return self._run([sys.executable, "-m", "service.cli", *arguments])

    def python(self, module: str, *arguments: str) -> str:
        """What a module of the project says."""
        return self._run([sys.executable, "-m", module, *arguments])

    def done(self, part: str) -> None:
        """A part of the walk is done."""
        now = time.monotonic()
        self.seconds[part] = round(now - self._since, 1)
        self._since = now

    def _run(self, command: list[str]) -> str:
        environment = self.environment(TIDEWAITER_VAR_DIR=str(self.folder / "demo"))
        made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if made.returncode:
            said = f"{made.stdout[-2000:]}{made.stderr[-4000:]}"
            raise AssertionError(f"{command[2:]} ended with {made.returncode}: {said}")
        return made.stdout

    @contextmanager
    def demo(self, parcels: Path) -> Iterator[str]:
        """The demo with rehearsed parcels, as a process; yields its address."""
        environment = self.environment(TIDEWAITER_VAR_DIR=str(self.folder), TIDEWAITER_PORT="0")
        command = [sys.executable, "-u", "-m", "service.cli", "demo", "--rehearse", str(parcels)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
            try:
                yield _address(process)
            finally:
                process.terminate()
                process.wait(30)


def measure(parcels: int = 200, mode: str = "smoke", rules: str = "", minutes: float = 2.0) -> dict[str, Any]:
    """Walk through the loop. Raises AssertionError where it does not go on."""
    began = time.monotonic()
    with TemporaryDirectory() as place:
        walk = Walk(folder=Path(place), rules=rules)
        first, more = Path(place) / "lots", Path(place) / "more"
        for folder, count, seed in ((first, parcels, "4242"), (more, max(4, round(parcels * MORE)), "77")):
            lots = ("--registry", str(REGISTRY), "--out", str(folder), "--lots", str(count), "--seed", seed)
            walk.python("datasets.parcels", *lots)
        walk.done("render")
        with walk.demo(first) as address:
            walk.done("post and decide")
            told = _loop(walk, address, more, mode, minutes)
    return {"loop_minutes": round((time.monotonic() - began) / 60, 2), "parcels": parcels, **told}


def _loop(walk: Walk, address: str, more: Path, mode: str, minutes: float) -> dict[str, Any]:
    before = json.loads(walk.told("models", "list", "--json"))["items"][0]["id"]
    said = walk.told("retrain", "--officer", "tom", "--mode", mode, "--minutes", str(minutes))
    release = re.search(r"release: (release_\w+)", said)
    assert release is not None, said
    made = release[1]
    walk.done("retrain")
    walk.told("models", "shadow", made, "--officer", "tom", "--reason", "let it look")
    for officer in ("anna", "bao"):
        walk.told("models", "approve", made, "--officer", officer, "--reason", "the gates let it pass")
    _until(lambda: _canary(walk, made), "the shadow has not looked enough")
    report = json.loads(walk.told("models", "report", made, "--json"))
    walk.done("shadow")
    key = walk.folder / "demo" / "rehearsal-key"
    _until(lambda: _here(address, key, more) == made, "no scan was judged by the canary")
    walk.told("rehearse", str(more), "--url", address, "--key-file", str(key))
    walk.done("canary")
    walk.told("models", "promote", made, "--officer", "tom", "--reason", "as planned")
    _until(lambda: _here(address, key, more) == made, "the champion was not followed")
    walk.done("champion")
    walk.told("models", "rollback", "--officer", "tom", "--reason", "practice")
    back = time.monotonic()
    _until(lambda: _here(address, key, more) == before, "the rollback was not followed")
    rollback = round(time.monotonic() - back, 2)
    walk.done("rollback")
    walk.told("audit", "verify")
    looks = {name: report[name] for name in ("looks", "same", "gained_count", "lost_count")}
    return {"release": made, "rollback_s": rollback, "shadow": looks, "seconds": walk.seconds}


def _canary(walk: Walk, release: str) -> bool:
    """Whether the release may be a canary yet; it is then."""
    try:
        walk.told("models", "canary", release, "--officer", "tom", "--reason", "all of them", "--share", "1.0")
    except AssertionError as error:
        if "as a shadow" in str(error):
            return False
        raise
    return True


_posted = 0


def _here(address: str, key: Path, folder: Path) -> str:
    """The release whose models judge a parcel that is posted now."""
    global _posted  # noqa: PLW0603 - each parcel is another one
    _posted += 1
    picture = next(iter(sorted(folder.glob("*.jpg"))))
    said = json.dumps({"station": "probe", "parcel": f"PROBE-{_posted}"})
    files = [("views", (picture.name, picture.read_bytes(), "image/jpeg"))]
    headers = {"Authorization": f"Bearer {key.read_text(encoding='ascii').strip()}"}
    answer = httpx.post(f"{address}/v1/scans", data={"metadata": said}, files=files, headers=headers, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["verdict"]["snapshot"]["release"])


def _until(condition: Any, otherwise: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.5)


def _address(process: "subprocess.Popen[str]") -> str:
    """Where the demo listens, once all its parcels are decided."""
    address, said = "", []
    for line in process.stdout or ():
        said.append(line)
        found = re.search(r"at (http://\S+)/console", line)
        address = found[1] if found else address
        if READY in line:
            return address
    raise AssertionError("the demo ended: " + "".join(said[-20:]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parcels", type=int, default=200)
    parser.add_argument("--mode", default="smoke")
    chosen = parser.parse_args()
    sys.stdout.write(json.dumps(measure(chosen.parcels, chosen.mode), indent=2) + "\n")
