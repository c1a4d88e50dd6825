"""Graphs as they are written: what the shipped models are made of, and nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from inference.errors import BadBundle
from inference.proving.graph import OPERATORS, OPSET, check_graph
from inference.proving.interface import interface_of, verifier_interface
from inference.proving.limits import LIMITS, Limits
from tests import toy_models as toy

MODELS = Path(__file__).parents[4] / "models"
DETECTOR = interface_of("detector", {})


def operators(graph: Any) -> set[str]:
    inner = [a.g for n in graph.node for a in n.attribute if a.type == onnx.AttributeProto.GRAPH]
    return {n.op_type for n in graph.node}.union(*map(operators, inner))


def test_the_operators_allowed_are_those_of_the_shipped_models() -> None:
    shipped = [onnx.load(str(path)) for path in MODELS.glob("*/*.onnx")]
    assert set().union(*(operators(model.graph) for model in shipped)) == OPERATORS
    assert {entry.version for model in shipped for entry in model.opset_import} == {OPSET}


def check(graph: Any, limits: Limits = LIMITS, **model: Any) -> Any:
    return check_graph(toy.model(graph, **model).SerializeToString(), DETECTOR, limits)


def test_the_toy_is_counted() -> None:
    census = check(toy.detector())
    assert (census.nodes, census.initializers, census.numbers) == (2, 2, 5)
    assert census.operators == {"Identity": 2}


def nested(depth: int) -> Any:
    """An If in an If in …"""
    graph = helper.make_graph(
        [helper.make_node("Identity", ["base"], ["r0"])], "b", [], [onnx.ValueInfoProto(name="r0")]
    )
    for at in range(1, depth + 1):
        node = helper.make_node("If", ["yes"], [f"r{at}"], then_branch=graph, else_branch=graph)
        graph = helper.make_graph([node], "b", [], [onnx.ValueInfoProto(name=f"r{at}")])
    return toy.detector(
        [*graph.node, helper.make_node("Identity", [f"r{depth}"], ["boxes_in"])],
        [toy.constant("yes", True, np.bool_), toy.constant("base", [[1, 1, 9, 9]])],
    )


def test_graphs_in_graphs_are_counted_and_limited() -> None:
    assert check(nested(2)).nodes == 3 + 1 + 2 + 4
    with pytest.raises(BadBundle, match="its graphs are nested more than 2 deep"):
        check(nested(3))
    with pytest.raises(BadBundle, match="at most 8 and 2,000 are allowed"):
        check(nested(2), Limits(nodes=8))


def test_too_much_is_refused_with_the_limit() -> None:
    with pytest.raises(BadBundle, match="it has 2 nodes and 2 stored tensors; at most 5,000 and 1 are allowed"):
        check(toy.detector(), Limits(initializers=1))
    with pytest.raises(BadBundle, match=r"'boxes_in' is 2x4: 8 numbers, at most 7 are allowed"):
        check(toy.detector(boxes=[[1, 1, 2, 2]] * 2), Limits(numbers=7))


def attributed(kind: int, **values: Any) -> Any:
    made = toy.detector()
    attribute = made.node[0].attribute.add()
    attribute.name, attribute.type = "a", kind
    for name, value in values.items():
        if isinstance(value, list):
            getattr(attribute, name).extend(value)
        elif isinstance(value, float | int | bytes):
            setattr(attribute, name, value)
        else:
            getattr(attribute, name).CopyFrom(value)
    return made


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (attributed(1, f=float("nan")), "an attribute of Identity is not finite"),
        (attributed(6, floats=[1.0, float("inf")]), "an attribute of Identity is not finite"),
        (attributed(2, f=1.0), "an attribute of Identity says it is i, and holds f"),
        (attributed(2, i=1, s=b"x"), "says it is i, and holds i, s"),
        (attributed(0, i=1), "says it is of no allowed type, and holds i"),
        (attributed(8, strings=[b"x"]), "its attribute has the field number 9"),
        (attributed(4, t=toy.constant("", [np.inf])), "the tensor '' has weights that are not finite"),
        (attributed(4, t=onnx.TensorProto(data_type=8)), "the tensor '' is of data type 8, allowed are float32"),
        (attributed(4, t=onnx.TensorProto(data_type=1, dims=[1] * 9)), "expected at most 8, none below 0"),
        (attributed(5, g=onnx.GraphProto()), "the operator Identity may not hold a graph"),
    ],
)
def test_what_a_graph_may_not_hold(graph: Any, words: str) -> None:
    with pytest.raises(BadBundle, match=words):
        check(graph)


def test_inputs_and_outputs_are_the_role_s() -> None:
    good = toy.detector()
    for change in (
        lambda g: g.input[0].type.tensor_type.shape.dim[3].__setattr__("dim_value", 4),
        lambda g: g.input[0].__setattr__("name", "picture"),
        lambda g: g.input[0].type.tensor_type.shape.dim[1].__setattr__("dim_value", 384),
        lambda g: g.input.append(g.input[0]),
        lambda g: g.output[0].type.tensor_type.shape.dim.pop(),
        lambda g: g.output.reverse(),
        lambda g: g.input[0].type.ClearField("tensor_type"),
        lambda g: g.ClearField("input"),
    ):
        graph = onnx.GraphProto()
        graph.CopyFrom(good)
        change(graph)
        with pytest.raises(BadBundle, match=r"its (inputs|outputs) are .*; expected (pictures uint8|boxes float32)"):
            check(graph)


def test_the_shipped_verifier_is_one_for_its_parts_alone() -> None:
    data = (MODELS / "embedder-5" / "verifier.onnx").read_bytes()
    assert check_graph(data, verifier_interface(1568), LIMITS).operators["If"] == 1
    with pytest.raises(BadBundle, match=r"pairs float32 \(\*, 3137\); expected pairs float32 \(\*, 201\)"):
        check_graph(data, verifier_interface(100), LIMITS)


def test_a_model_without_a_graph_is_none() -> None:
    model = toy.model(toy.detector())
    model.ClearField("graph")
    with pytest.raises(BadBundle, match="it holds no graph"):
        check_graph(model.SerializeToString(), DETECTOR, LIMITS)
    model.ir_version = 12
    with pytest.raises(BadBundle, match="no ONNX model of IR version 8: it says 12"):
        check_graph(model.SerializeToString(), DETECTOR, LIMITS)
