"""A hundred swaps of real models under load: no request may fail, and each verdict names the models that made it.

The other release is the shipped one with another threshold, signed and proven as any candidate is.
"""

import hashlib
import json
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from inference.bundles import CURRENT
from inference.proving.keys import load_key
from inference.proving.signing import sign
from service.cli.demo import SAMPLES, import_registry
from service.inspecting import load_models
from service.modelops.keys import signing_key
from service.settings import PACKAGE_ROOT, Settings
from tests.integration.service.harness import Service, running, settings_in
from tests.integration.service.releases import step

RULES = "approvals = 2\nshadow_looks = 0\ncanary_scans = 0\ncanary_share = 0.5\nshadow_a_minute = 1\n"
POSTING = 3  # clients at a time


@dataclass
class Load:
    """Clients that post all the time."""

    service: Service
    over: threading.Event = field(default_factory=threading.Event)
    seen: list[tuple[str, str, float]] = field(default_factory=list)  # release, settings, seconds
    failed: list[str] = field(default_factory=list)
    refused: int = 0  # 503 with Retry-After: the line was full and said so

    def post(self, worker: int) -> None:
        """Post until it is over."""
        picture, number = (SAMPLES / "parcels" / "cap-and-shirt.jpg").read_bytes(), 0
        while not self.over.is_set():
            number += 1
            began = time.perf_counter()
            answer = self.service.scan([picture], parcel=f"W{worker}-{number}")
            if answer.status_code == 503 and "retry-after" in answer.headers:
                self.refused += 1
                continue
            if answer.status_code not in (200, 201):
                self.failed.append(answer.text[:500])
                continue
            verdict = answer.json()["verdict"]
            spent = time.perf_counter() - began
            self.seen.append((verdict["snapshot"]["release"], verdict["models"]["judging"], spent))


def measure(swaps: int = 100) -> dict[str, Any]:
    """Swap back and forth under load."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "rollout.toml").write_text(RULES, encoding="utf-8")
        settings = settings_in(folder, rollout_rules=folder / "rollout.toml", workers=2)
        with running(settings, loader=load_models) as service:
            import_registry(service.client)
            return swapped(service, other(service, settings, folder), swaps)


def swapped(service: Service, release: str, swaps: int) -> dict[str, Any]:
    """Promote and roll back, again and again, while parcels are posted."""
    load, took = Load(service), []
    first = service.parts.serving.champion.release
    workers = [threading.Thread(target=load.post, args=(number,)) for number in range(POSTING)]
    for worker in workers:
        worker.start()
    try:
        done = 0
        while done < swaps:
            for path, body in ((f"releases/{release}/canary", {"share": 0}), (f"releases/{release}/champion", {})):
                assert step(service, path, **body).status_code == 200
            began = time.perf_counter()
            assert step(service, "rollback").status_code == 200
            took.append(time.perf_counter() - began)
            done += 2
            time.sleep(0.2)
    finally:
        load.over.set()
        for worker in workers:
            worker.join()
    return {
        "swap_failures": len(load.failed),
        "swaps": done,
        "requests": len(load.seen),
        "refused_as_full": load.refused,
        "releases_seen": len({made for made, _, _ in load.seen}),
        "misnamed": misnamed(load.seen, first),
        "rollback_s": round(median(took), 3),
        "request_s": round(median(spent for _, _, spent in load.seen), 3),
        "first_failures": load.failed[:3],
    }


def misnamed(seen: list[tuple[str, str, float]], first: str) -> int:
    """Verdicts whose release and settings do not belong together."""
    settings: dict[bool, set[str]] = {True: set(), False: set()}
    for release, judging, _ in seen:
        settings[release == first].add(judging)
    return len(settings[True] & settings[False]) + sum(max(0, len(own) - 1) for own in settings.values())


def other(service: Service, settings: Settings, folder: Path) -> str:
    """The shipped models of photographs with a slightly higher threshold, as an approved release."""
    shipped, made = PACKAGE_ROOT / "models", folder / "candidate"
    for target in (made, folder / "shipped"):
        shutil.copytree(shipped, target, ignore=shutil.ignore_patterns("xray-*", "*.md"))
    embedder = next(made.glob("embedder-*"))
    described = json.loads((embedder / "bundle.json").read_text(encoding="utf-8"))
    described["config"]["threshold"] += 0.001
    described["name"], described["version"] = "embedder-other", "other"
    renamed = embedder.rename(made / "embedder-other")
    (renamed / "bundle.json").write_text(json.dumps(described), encoding="utf-8")
    sign(renamed, load_key(signing_key(settings)))
    detector = next(made.glob("detector-*"))
    known = {path: hashlib.sha256((path / "model.onnx").read_bytes()).hexdigest() for path in (detector, renamed)}
    found = {"detector": (detector.name, known[detector]), "embedder": (renamed.name, known[renamed])}
    write_current(made / CURRENT, found)
    write_current(folder / "shipped" / CURRENT, found | {"embedder": (embedder.name, described["sha256"])})
    release = service.parts.learning.adopting.adopt(
        made, folder / "shipped", by="bench", origin="imported", card="# other", gates=None
    )
    for officer in ("anna", "bao"):
        assert step(service, f"releases/{release.id}/approvals", officer=officer).status_code == 200
    return release.id


def write_current(path: Path, named: dict[str, tuple[str, str]]) -> None:
    """What is deployed."""
    lines = [f'[{role}]\nname = "{name}"\nsha256 = "{sha}"\n' for role, (name, sha) in sorted(named.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
