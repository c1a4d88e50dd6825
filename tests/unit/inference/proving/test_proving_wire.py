"""The reader of ONNX files: it reads what onnx reads, and refuses the rest with one kind of error."""

import contextlib
from pathlib import Path
from typing import Any

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import BadBundle
from inference.proving.graph import check_graph
from inference.proving.interface import interface_of, verifier_interface
from inference.proving.limits import LIMITS
from inference.proving.wire import MESSAGES, Fields, read_model

MODELS = Path(__file__).parents[4] / "models"
SHIPPED = sorted(MODELS.glob("*/*.onnx"))
VERIFIER = (MODELS / "embedder-5" / "verifier.onnx").read_bytes()
DETECTOR = (MODELS / "detector-4" / "model.onnx").read_bytes()
FACE = interface_of("detector", {"side": 384})


def read(data: bytes) -> Fields:
    return read_model(data, fields=LIMITS.fields)


def check_same(mine: Fields, theirs: Any) -> int:
    """Both say the same of a message; how many values were compared."""
    said = {descriptor.name: value for descriptor, value in theirs.ListFields()}
    assert set(mine) == set(said)
    count = 0
    for name, values in mine.items():
        value = said[name]
        listed = [value] if isinstance(value, str | bytes) or not hasattr(value, "__len__") else list(value)
        assert len(values) == len(listed), name
        for one, other in zip(values, listed, strict=True):
            if isinstance(one, dict):
                count += check_same(one, other)
            else:
                assert (bytes(one) if isinstance(one, memoryview) else one) == other, name
                count += 1
    return count


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_it_reads_what_onnx_reads(path: Path) -> None:
    data = path.read_bytes()
    assert check_same(read(data), onnx.load_model_from_string(data)) > 500


@pytest.mark.parametrize("name", MESSAGES)
def test_the_schema_is_onnx_s(name: str) -> None:
    known = {
        "model": onnx.ModelProto,
        "opset": onnx.OperatorSetIdProto,
        "graph": onnx.GraphProto,
        "node": onnx.NodeProto,
        "attribute": onnx.AttributeProto,
        "tensor": onnx.TensorProto,
        "port": onnx.ValueInfoProto,
        "type": onnx.TypeProto,
        "tensor_type": onnx.TypeProto.Tensor,
        "shape": onnx.TensorShapeProto,
        "dim": onnx.TensorShapeProto.Dimension,
    }
    theirs = known[name].DESCRIPTOR.fields_by_number
    assert {number: field.name for number, field in MESSAGES[name].items()} == {
        number: theirs[number].name for number in MESSAGES[name]
    }


def tag(number: int, wire: int) -> bytes:
    return varint(number << 3 | wire)


def varint(value: int) -> bytes:
    data = b""
    while value > 0x7F:
        data, value = data + bytes([value & 0x7F | 0x80]), value >> 7
    return data + bytes([value])


def held(number: int, content: bytes) -> bytes:
    return tag(number, 2) + varint(len(content)) + content


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x80", "cut off in the middle of a number"),
        (b"\xff" * 11, "a number of more than 64 bits"),
        (tag(1, 0) + b"\xff" * 9 + b"\x02", "a number of more than 64 bits"),
        (tag(1, 0) + b"\x08" + tag(1, 0) + b"\x08", "its model has ir_version twice"),
        (held(7, b"") + held(7, b""), "its model has graph twice"),
        (tag(7, 0) + b"\x01", "its model has graph written as wire type 0, which is not graph"),
        (tag(1, 2) + b"\x01\x08", "its model has ir_version written as wire type 2, which is not int"),
        (tag(7, 3), "wire type 3"),
        (tag(0, 0), "it has the field number 0"),
        (tag(7, 2) + varint(2**63), "it is cut off: 9,223,372,036,854,775,808 bytes are announced, 0 are left"),
        (held(2, b"\xff\xfe"), "its producer_name is not UTF-8"),
        (held(2, b"x" * 70_000), "its producer_name has 70,000 bytes, at most 65,536"),
        (held(25, b""), "it defines functions of its own: its model has functions"),
        (held(20, b""), "it brings graphs for training"),
        (held(7, held(15, b"")), "it has sparse weights: its graph has sparse_initializer"),
        (held(7, held(5, held(13, b""))), "it keeps weights outside its file"),
        (held(7, held(5, tag(14, 0) + b"\x00")), "it keeps weights outside its file"),
        (held(7, held(1, held(5, held(21, b"x")))), "it refers to a function's attribute"),
        (held(7, held(1, held(5, held(7, b"12345")))), "its floats are cut off"),
        (held(7, held(5, held(4, b"1234"))), "its tensor has the field number 4"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadBundle, match=words):
        read(data)


def test_graphs_in_graphs_without_end_are_refused() -> None:
    graph = b""
    for _ in range(2000):
        graph = held(1, held(5, held(6, graph)))
    with pytest.raises(BadBundle, match="nested more than 24 deep"):
        read(held(7, graph))


@pytest.mark.parametrize("data", [held(8, b"") * 100, held(7, held(5, held(1, b"\x01" * 100)))])
def test_more_fields_than_are_allowed_are_refused(data: bytes) -> None:
    with pytest.raises(BadBundle, match="it has more fields than are allowed"):
        read_model(data, fields=99)
    assert read_model(data, fields=200)


def test_packed_numbers_are_the_same_as_single_ones() -> None:
    packed = read(held(7, held(5, held(1, varint(3) + varint(300) + varint(2**64 - 1)))))
    single = read(held(7, held(5, tag(1, 0) + varint(3) + tag(1, 0) + varint(300) + tag(1, 0) + varint(2**64 - 1))))
    assert packed == single
    assert packed["graph"][0]["initializer"][0]["dims"] == [3, 300, -1]


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_noise_is_refused_or_read(data: bytes) -> None:
    tolerated(data)


@given(at=st.integers(0, len(VERIFIER) - 1), piece=st.binary(max_size=8), drop=st.integers(0, 8))
@settings(max_examples=150, deadline=None)
def test_a_spoiled_model_is_refused_or_read(at: int, piece: bytes, drop: int) -> None:
    tolerated(VERIFIER[:at] + piece + VERIFIER[at + drop :])


@given(at=st.integers(0, 90_000), byte=st.integers(0, 255))
@settings(max_examples=30, deadline=None)
def test_a_flipped_byte_among_the_nodes_is_refused_or_read(at: int, byte: int) -> None:
    tolerated(DETECTOR[:at] + bytes([byte]) + DETECTOR[at + 1 :])


@given(cut=st.integers(0, len(VERIFIER) - 1))
@settings(max_examples=60, deadline=None)
def test_a_truncated_model_is_refused(cut: int) -> None:
    with pytest.raises(BadBundle):
        check_graph(VERIFIER[:cut], verifier_interface(1568), LIMITS)


def tolerated(data: bytes) -> None:
    """Anything may be refused, and nothing else may be raised."""
    with contextlib.suppress(BadBundle):
        check_graph(data, FACE, LIMITS)
