"""Releases of fake models: each folder of bundles makes an inspector that says which ones they are."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import httpx

from service.modelops.schemas import ReleaseOut
from service.parts import Parts
from tests.fakes import THRESHOLD, FakeEmbedder, FakeInspector
from tests.integration.service.harness import Service

GATES: dict[str, Any] = {"passed": True, "gates": []}


def load_folder(folder: Path, threads: int, threshold: float | None) -> FakeInspector:
    """An inspector of the bundles in a folder; of a folder without any, the usual fake one."""
    current = folder / "current.toml"
    if not current.exists():
        return FakeInspector()
    named = tomllib.loads(current.read_text(encoding="utf-8"))
    embedder = FakeEmbedder(named["embedder"]["sha256"])
    inspector = FakeInspector(threshold=THRESHOLD if threshold is None else threshold, embedder=embedder)
    inspector.models = {role: one["sha256"] for role, one in named.items()}
    return inspector


def empty_models(folder: Path) -> Path:
    """A folder that ships no models, for `load_folder`."""
    (folder / "no-models").mkdir(exist_ok=True)
    return folder / "no-models"


def candidate(parts: Parts, version: int, gates: dict[str, Any] | None = GATES) -> ReleaseOut:
    """A release of two fake models."""
    roles = {
        role: (f"{role}-{version}", {"model.onnx": f"{role} {version}".encode(), "bundle.json": b"{}"})
        for role in ("detector", "embedder")
    }
    return parts.learning.releases.add(roles, origin="retrained", by="trainer", card="# Card", gates=gates)


def embedder_of(version: int) -> str:
    """The sha256 of a candidate's embedder."""
    return hashlib.sha256(f"embedder {version}".encode()).hexdigest()


def step(service: Service, path: str, **body: Any) -> httpx.Response:
    """A step of a roll-out."""
    return service.client.post(f"/v1/models/{path}", json={"reason": "as planned", **body})


def approved(service: Service, version: int) -> str:
    """A candidate that two people approved."""
    release = candidate(service.parts, version).id
    for officer in ("anna", "bao"):
        assert step(service, f"releases/{release}/approvals", officer=officer).status_code == 200
    return release
