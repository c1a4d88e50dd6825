"""Store a deployed bundle's weights as bytes: `python -m training.shrink ROLE --version N [--models DIR]`.

Half of what float16 takes, the same arithmetic but for rounding. All else of the bundle stays: its settings, its
attachments, how it was trained. It is deployed only if both models agree on test pictures; whether it is as good on
photographs is for the evaluation to say.
"""

import argparse
import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from inference.engine import OrtSession, Session
from training.deployed import amend, deployed_folder
from training.evaluation.detection import iou
from training.export import COSINE, deploy, pictures, quantise

LEAST_OVERLAP = 0.9  # IoU of each box that the old model is sure of with one of the new one's
SURE = 0.2
SIDES = {"detector": 384, "embedder": 112}  # px of the test pictures


def widen(path: Path) -> None:
    """Undo `training.export.halve`: float16 initializers that are cast back become float32 again."""
    model = onnx.load(str(path))
    graph = model.graph
    halves = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT16}
    for cast in [node for node in graph.node if node.op_type == "Cast" and node.input[0] in halves]:
        tensor = halves[cast.input[0]]
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), cast.output[0]))
        graph.node.remove(cast)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def agreement(role: str, old: Session, new: Session) -> float:
    """The smallest cosine of an embedder's rows, or overlap of a detector's boxes, on test pictures."""
    side, lowest = SIDES[role], 1.0
    for seed in range(1, 9):
        before, after = (session.run(pictures(1, side, side, seed)) for session in (old, new))
        if role == "embedder":
            lengths = np.linalg.norm(before[0]) * np.linalg.norm(after[0])
            lowest = min(lowest, float((before[0] * after[0]).sum() / lengths))
        elif len(sure := before[0][before[1] >= SURE]):
            lowest = min(lowest, float(iou(sure, after[0]).max(1).min()))
    return lowest


def shrunk(old: Path, new: Path, role: str) -> str:
    """Make the bundle `new` of `old`; returns its model's sha256. Raises ValueError if they do not agree."""
    shutil.copytree(old, new)
    widen(new / "model.onnx")
    quantise(new / "model.onnx")
    before, after = (OrtSession((folder / "model.onnx").read_bytes()) for folder in (old, new))
    agreed, needed = agreement(role, before, after), COSINE[quantise] if role == "embedder" else LEAST_OVERLAP
    if agreed < needed:
        shutil.rmtree(new)
        raise ValueError(f"the models agree by {agreed:.4f}, at least {needed} is asked for")
    sha256 = hashlib.sha256((new / "model.onnx").read_bytes()).hexdigest()

    def change(description: dict[str, Any]) -> None:
        description.update(name=new.name, version=new.name.rpartition("-")[2], sha256=sha256)
        description["trained"] |= {"shrunk_from": old.name, "agreement": round(agreed, 6)}

    amend(new, change)
    return sha256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", choices=sorted(SIDES))
    parser.add_argument("--version", required=True)
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    args = parser.parse_args()
    old = deployed_folder(args.models, args.role)
    new = args.models / f"{args.role}-{args.version}"
    deploy(args.models, args.role, new.name, shrunk(old, new, args.role))


if __name__ == "__main__":
    main()
