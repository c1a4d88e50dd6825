"""Model bundles small enough to be made in a test: a detector that sees one box anywhere, an embedder of 8 numbers.

`bundle(folder, …)` writes one that can be proven; tests spoil it in one place.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

FLOAT, UINT8 = TensorProto.FLOAT, TensorProto.UINT8
SIDE, DIMENSION = 32, 8
CONFIGS: dict[str, dict[str, Any]] = {
    "detector": {"side": 160, "least": 0.05, "most": 20},
    "embedder": {
        "side": SIDE,
        "dimension": DIMENSION,
        "threshold": 0.5,
        "calibration": {
            "intercept": -8.0,
            "similarity": 5.0,
            "margin": 1.0,
            "wording": 0.0,
            "verified": 0.0,
            "detection": 0.0,
            "size": 0.0,
            "rarity": 0.0,
        },
    },
}


def constant(name: str, values: Any, kind: Any = np.float32) -> TensorProto:
    """A stored tensor."""
    return numpy_helper.from_array(np.array(values, kind), name)


def model(graph: GraphProto, opset: int = 18, domains: Sequence[str] = ()) -> ModelProto:
    """A model of IR version 8."""
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def detector(
    nodes: Sequence[NodeProto] = (), stored: Sequence[TensorProto] = (), boxes: Any = ((4, 4, 90, 90),), **kinds: int
) -> GraphProto:
    """Takes `pictures`, gives `boxes` and `scores`; `nodes` go before and may make `boxes_in` of what they like."""
    made = [name for node in nodes for name in node.output]
    stored = [*stored, constant("scores_in", [0.9] * len(boxes))]
    if "boxes_in" not in made:
        stored.append(constant("boxes_in", boxes))
    last = [helper.make_node("Identity", [f"{name}_in"], [name]) for name in ("boxes", "scores")]
    return helper.make_graph(
        [*nodes, *last],
        "toy",
        [helper.make_tensor_value_info("pictures", kinds.get("pictures", UINT8), [1, "h", "w", 3])],
        [
            helper.make_tensor_value_info("boxes", FLOAT, ["m", 4]),
            helper.make_tensor_value_info("scores", FLOAT, ["m"]),
        ],
        stored,
    )


def embedder(*, normalised: bool = True, weight: float = 0.01) -> GraphProto:
    """Takes `pictures` (n, 32, 32, 3), gives `vectors` (n, 8)."""
    rows = np.random.default_rng(0).normal(0, weight, (SIDE * SIDE * 3, DIMENSION))
    nodes = [
        helper.make_node("Cast", ["pictures"], ["wide"], to=FLOAT),
        helper.make_node("Flatten", ["wide"], ["flat"]),  # (n, 3072)
        helper.make_node("Gemm", ["flat", "rows", "bias"], ["raw"]),  # (n, 8)
        helper.make_node("ReduceL2", ["raw", "axis"], ["length"], keepdims=1),
        helper.make_node("Div", ["raw", "length"], ["unit"]),
        helper.make_node("Identity", ["unit" if normalised else "raw"], ["vectors"]),
    ]
    return helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("pictures", UINT8, ["n", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("vectors", FLOAT, ["n", DIMENSION])],
        [constant("rows", rows), constant("bias", np.ones(DIMENSION)), constant("axis", [1], np.int64)],
    )


def bundle(
    folder: Path,
    data: bytes | ModelProto,
    role: str = "detector",
    config: Mapping[str, Any] | None = None,
    attachments: Mapping[str, bytes] | None = None,
    **changes: Any,
) -> Path:
    """Write a bundle of the model `data` into the new `folder`; `changes` go into bundle.json."""
    written = data if isinstance(data, bytes) else data.SerializeToString()
    folder.mkdir()
    (folder / "model.onnx").write_bytes(written)
    for name, content in (attachments or {}).items():
        (folder / name).write_bytes(content)
    description = {
        "name": folder.name,
        "role": role,
        "version": "1",
        "sha256": hashlib.sha256(written).hexdigest(),
        "config": CONFIGS[role] | dict(config or {}),
        "trained": {},
        "attachments": {name: hashlib.sha256(content).hexdigest() for name, content in (attachments or {}).items()},
    }
    (folder / "bundle.json").write_text(json.dumps(description | changes))
    return folder
