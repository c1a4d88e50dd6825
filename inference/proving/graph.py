"""A graph as it is written, before any runtime sees it: only what the shipped models are made of, and not too much.

`check_graph` reads the file with `wire`, so nothing is skipped or merged that ONNX Runtime would read otherwise.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inference.errors import BadBundle
from inference.proving.interface import KINDS, Interface, Port
from inference.proving.limits import Limits
from inference.proving.wire import Fields, read_model

OPSET = 18  # that `training.export` writes, and the tests run
IR_VERSIONS = (8,)  # that go with it
LONGEST = 200  # characters of a stranger's text in a message
# What the shipped models use, nothing else: an operator that nobody needs is one more that may be broken in the
# runtime. Loop and Scan, by which a graph can run forever, are not among them; If is, in the verifier.
_WRITTEN = """
    Add Cast Clip Concat Constant ConstantOfShape Conv CumSum Div Equal Expand EyeLike Flatten Gather GatherND Gemm
    Identity If InstanceNormalization MatMul Max Min Mul NonMaxSuppression Not Pad Pow Range ReduceL2 ReduceMax
    ReduceMean ReduceSum Relu Reshape Resize Shape Sigmoid Slice Softplus Split Squeeze Sub TopK Transpose Unsqueeze
"""
OPERATORS = frozenset(_WRITTEN.split())
_ATTRIBUTES = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g", 6: "floats", 7: "ints"}  # onnx.AttributeProto.AttributeType
_RANK = 8  # dimensions of a tensor
_NOTES = {"name", "type", "doc_string"}


@dataclass(kw_only=True)
class Census:
    """What a graph, with the graphs in it, is made of."""

    nodes: int = 0
    initializers: int = 0
    numbers: int = 0  # of all stored tensors
    operators: Counter[str] = field(default_factory=Counter)


def check_graph(data: bytes, interface: Interface, limits: Limits) -> Census:
    """Raise BadBundle, with expected and actual, if the ONNX file `data` is not a graph as this code serves them."""
    model = read_model(data, fields=limits.fields)
    ir_version = _one(model, "ir_version", 0)
    if ir_version not in IR_VERSIONS:
        raise BadBundle(f"it is no ONNX model of IR version {IR_VERSIONS[0]}: it says {ir_version}")
    opsets = [(_one(opset, "domain", ""), _one(opset, "version", 0)) for opset in model.get("opset_import", [])]
    if opsets != [("", OPSET)]:
        told = ", ".join(f"{domain or 'onnx'} {version}" for domain, version in opsets[:5])[:LONGEST] or "nothing"
        raise BadBundle(f"it needs the operator sets {told}, expected onnx {OPSET} alone")
    if "graph" not in model:
        raise BadBundle("it holds no graph")
    graph, census = model["graph"][0], Census()
    _walk(graph, census, limits, 0)
    _check_ports("inputs", graph.get("input", []), interface.inputs)
    _check_ports("outputs", graph.get("output", []), interface.outputs)
    return census


def _walk(graph: Fields, census: Census, limits: Limits, depth: int) -> None:
    if depth > limits.depth:
        raise BadBundle(f"its graphs are nested more than {limits.depth} deep")
    tensors = graph.get("initializer", [])
    census.initializers += len(tensors)
    census.nodes += len(graph.get("node", []))
    if census.nodes > limits.nodes or census.initializers > limits.initializers:
        allowed = f"at most {limits.nodes:,} and {limits.initializers:,} are allowed"
        raise BadBundle(f"it has {census.nodes:,} nodes and {census.initializers:,} stored tensors; {allowed}")
    for tensor in tensors:
        _check_tensor(tensor, census, limits)
    for node in graph.get("node", []):
        _check_node(node, census, limits, depth)
    for port in graph.get("value_info", []):
        _port(port)


def _check_node(node: Fields, census: Census, limits: Limits, depth: int) -> None:
    operator, domain = _one(node, "op_type", ""), _one(node, "domain", "")
    if domain:
        raise BadBundle(f"the operator {operator[:40]!r} is of the domain {domain[:80]!r}, expected ONNX's own")
    if operator not in OPERATORS:
        raise BadBundle(f"the operator {operator[:80]!r} is not allowed; allowed is what served models are made of")
    census.operators[operator] += 1
    for attribute in node.get("attribute", []):
        kind = _ATTRIBUTES.get(_one(attribute, "type", 0))
        values = set(attribute) - _NOTES
        if kind is None or not values <= {kind}:
            found = ", ".join(sorted(values)) or "nothing"
            raise BadBundle(f"an attribute of {operator} says it is {kind or 'of no allowed type'}, and holds {found}")
        if not all(map(math.isfinite, attribute.get("f", []) + attribute.get("floats", []))):
            raise BadBundle(f"an attribute of {operator} is not finite")
        for tensor in attribute.get("t", []):
            _check_tensor(tensor, census, limits)
        if "g" in attribute:
            if operator != "If":
                raise BadBundle(f"the operator {operator} may not hold a graph")
            _walk(attribute["g"][0], census, limits, depth + 1)


def _check_tensor(tensor: Fields, census: Census, limits: Limits) -> None:
    name = f"the tensor {_one(tensor, 'name', '')[:60]!r}"
    dims, kind = tensor.get("dims", []), _one(tensor, "data_type", 0)
    if kind not in KINDS:
        allowed = ", ".join(told for told, _ in KINDS.values())
        raise BadBundle(f"{name} is of data type {kind}, allowed are {allowed}")
    if len(dims) > _RANK or min(dims, default=0) < 0:
        raise BadBundle(f"{name} has dimensions {_told(dims)}, expected at most {_RANK}, none below 0")
    numbers = math.prod(dims)  # of whole numbers without end: nothing overflows
    if numbers > limits.numbers or max(dims, default=0) > limits.numbers:
        raise BadBundle(f"{name} is {_told(dims)}: {_short(numbers)} numbers, at most {limits.numbers:,} are allowed")
    raw, dtype = _one(tensor, "raw_data", b""), np.dtype(KINDS[kind][1])
    if len(raw) != numbers * dtype.itemsize:
        raise BadBundle(
            f"{name} has {len(raw):,} bytes, expected {numbers * dtype.itemsize:,} for {_told(dims)} {dtype}"
        )
    census.numbers += numbers
    if dtype.kind == "f" and not np.isfinite(np.frombuffer(raw, dtype)).all():
        raise BadBundle(f"{name} has weights that are not finite (NaN or infinite)")


def _check_ports(which: str, given: Sequence[Fields], expected: Sequence[Port]) -> None:
    ports = [_port(port) for port in given[:10]]
    fits = len(given) == len(expected) and all(map(_fits, ports, expected))
    if not fits:
        told, asked = "; ".join(map(str, ports)) or "none", "; ".join(map(str, expected))
        raise BadBundle(f"its {which} are {told}; expected {asked}")


def _fits(port: Port, expected: Port) -> bool:
    """Whether a port is the expected one. A dimension that is left free may be free where a number is expected."""
    same = (port.name, port.kind, len(port.dims)) == (expected.name, expected.kind, len(expected.dims))
    return same and all(
        given == asked or (given is None and which > 0)
        for which, (given, asked) in enumerate(zip(port.dims, expected.dims, strict=True))
    )


def _port(fields: Fields) -> Port:
    kind: Fields = _one(_one(fields, "type", {}), "tensor_type", {})
    dims = _one(kind, "shape", {}).get("dim", [])
    numbers = tuple(_one(dim, "dim_value", None) for dim in dims[: _RANK + 1])
    return Port(name=_one(fields, "name", ""), kind=_one(kind, "elem_type", 0), dims=numbers)


def _one(fields: Fields, name: str, missing: Any) -> Any:
    """The one value of a field, of the kind that the schema says."""
    return fields[name][0] if name in fields else missing


def _told(dims: Sequence[int]) -> str:
    return "x".join(map(_short, dims[:10])) or "a single number"


def _short(number: int) -> str:
    return f"{number:,}" if abs(number) < 10**15 else f"about 10^{len(str(number)) - 1}"
