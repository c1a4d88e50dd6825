"""Third step: the tuned nets become bundles, stored as the champion's are, and say what torch says.

An embedder's companions belong to its vectors. The verifier stays: the head of the parts was kept and their places held
where they were. The cohort is carried over by the linear map that takes the champion's vectors to the candidate's.
"""

import argparse
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto
from torch import Tensor

from inference.bundles import Bundle
from inference.cohort import FILE as COHORT
from inference.cohort import packed, unpacked
from inference.engine import OrtSession
from inference.vocabulary import Vectors
from training import engine
from training.export import COSINE, Shrink, export_detector, export_graph, halve, pictures, quantise, vector_parity
from training.export_parts import RowsNet
from training.retraining.champion import Champion, champion_bundle, load_champion
from training.retraining.context import Context
from training.retraining.detecting import state_of
from training.retraining.files import folder_whole, read_json, sha256_of, write_json
from training.retraining.halves import Tuned
from training.retraining.material import Material
from training.retraining.steps import finetune, manifest
from training.retraining.tuning import LAST

OUTPUT, FOLDER = "export.json", "exported"
HOLD = 0.02  # how much the identity weighs in the map of the cohort
UNROUNDED = 0.9999  # cosine between torch and ONNX Runtime before weights are stored in less room


def run(context: Context) -> None:
    """Export each role that was trained; raises ValueError if a graph does not say what its net says."""
    told = read_json(context.run / finetune.OUTPUT)
    trained = [role for role, what in told.items() if what["trained"]]
    made: dict[str, Any] = {}

    def fill(folder: Path) -> None:
        for index, role in enumerate(trained):
            context.progress.say("export", index, len(trained), role)
            made[role] = exported(context, role, folder, told[role])

    folder_whole(context.run / FOLDER, fill)
    write_json(context.run / OUTPUT, made)
    context.progress.say("export", len(trained), len(trained))


def exported(context: Context, role: str, models: Path, trained: dict[str, Any]) -> dict[str, Any]:
    """Write one bundle below `models`; returns its name and how well it agrees with torch."""
    bundle = champion_bundle(context.champion, role)
    digest = sha256_of(context.run / manifest.OUTPUT)[:10]
    name = f"{role.replace('_', '-')}-r{digest}"
    folder = models / name
    folder.mkdir()
    path = folder / "model.onnx"
    parity = embedder(context, folder) if role == "embedder" else detector(context, bundle, folder)
    attachments = dict.fromkeys(bundle.attachments, "")
    for file, data in bundle.attachments.items():
        if not (folder / file).exists():
            (folder / file).write_bytes(data)
        attachments[file] = sha256_of(folder / file)
    description = {
        "name": name,
        "role": role,
        "version": f"r{digest}",
        "sha256": sha256_of(path),
        "config": bundle.config,
        "trained": {"from": bundle.name, "from_sha256": bundle.sha256, **trained, **parity},
        "attachments": attachments,
    }
    (folder / "bundle.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    return {"name": name, **parity, "bytes": sum(file.stat().st_size for file in folder.iterdir())}


def embedder(context: Context, folder: Path) -> dict[str, float]:
    """The graph of the tuned embedder and its cohort; returns how well it agrees with torch, unrounded and stored."""
    champion = load_champion(context.champion, "embedder")
    before = Tuned(champion.net, champion.parts, len(champion.net.trunk.blocks) - LAST).teacher()
    state = engine.load_start(context.run / finetune.CHECKPOINT)["net"]
    champion.net.load_state_dict(state)
    rows = champion.net if champion.parts is None else RowsNet(champion.net, champion.parts).eval()
    side, path = champion.net.side, folder / "model.onnx"
    export_graph(rows, torch.from_numpy(pictures(2, side, side, 0)), {"pictures": {0: "n"}, "vectors": {0: "n"}}, path)
    examples = [pictures(n, side, side, n) for n in (1, 3, 8)]
    plain = vector_parity(rows, OrtSession(path.read_bytes()), examples)
    shrink = stored_as(champion.bundle)
    if shrink is not None:
        shrink(path)
    stored = vector_parity(rows, OrtSession(path.read_bytes()), examples)
    least = UNROUNDED if shrink is None else COSINE[shrink]
    if plain < UNROUNDED or stored < least:
        raise ValueError(f"parity: cosine {plain:.5f} and {stored:.5f} stored; {UNROUNDED} and {least} are asked for")
    if COHORT in champion.bundle.attachments:
        (folder / COHORT).write_bytes(carried(context, champion, before))
    return {"parity_unrounded": round(plain, 6), "parity": round(stored, 6)}


def detector(context: Context, bundle: Bundle, folder: Path) -> dict[str, float]:
    """The graph of the tuned detector; returns how well its boxes agree with torch's."""
    config = bundle.config
    args = argparse.Namespace(side=int(config["side"]), least=float(config["least"]), role=bundle.role)
    shrink = stored_as(bundle) or (lambda path: None)
    _, agreed = export_detector(args, state_of(context.run), folder, shrink)
    return {"parity": round(agreed, 6)}


def stored_as(bundle: Bundle) -> Shrink | None:
    """How a bundle's weights are stored: as bytes, as float16, or as they are."""
    kinds = {tensor.data_type for tensor in onnx.load_from_string(bundle.model).graph.initializer}
    if TensorProto.INT8 in kinds:
        return quantise
    return halve if TensorProto.FLOAT16 in kinds else None


@torch.no_grad()
def carried(context: Context, champion: Champion, before: Tuned) -> bytes:
    """The cohort's file, its vectors taken to where the tuned net would have put them."""
    material = Material.load(context.run / finetune.MATERIAL)
    if material is None:
        raise FileNotFoundError(f"there is no {context.run / finetune.MATERIAL}")
    after = Tuned(champion.net, champion.parts, before.blocks)
    maps = torch.cat([material.filed.maps, material.replayed.maps])
    old, new = (torch.cat([net(piece.float())[0] for piece in maps.split(128)]) for net in (before, after))
    stored = np.load(io.BytesIO(champion.bundle.attachments[COHORT]), allow_pickle=False)
    moved = mapped(unpacked(stored) if stored.dtype == np.int8 else stored.astype(np.float32), linear_map(old, new))
    out = io.BytesIO()
    np.save(out, packed(moved) if stored.dtype == np.int8 else moved.astype(np.float16), allow_pickle=False)
    return out.getvalue()


def linear_map(old: Tensor, new: Tensor) -> NDArray[np.float64]:
    """The map (d, d) that takes rows of `old` (n, d) nearest to those of `new`; the identity where nothing is told."""
    a, b = old.double().numpy(), new.double().numpy()
    identity = np.eye(a.shape[1])
    ridge = HOLD * len(a) / a.shape[1]  # a share of what one direction has on average
    return np.asarray(np.linalg.solve(a.T @ a + ridge * identity, a.T @ b + ridge * identity))


def mapped(vectors: Vectors, by: NDArray[np.float64]) -> Vectors:
    """Vectors (n, d) taken by a map (d, d) and brought to length 1."""
    moved = vectors.astype(np.float64) @ by
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)
