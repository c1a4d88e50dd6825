"""Protocol buffers as they are written, read strictly: whatever a reader could take in two ways is refused.

ONNX files are protocol buffers (https://protobuf.dev/programming-guides/encoding). Libraries merge what comes twice,
skip what they do not know and follow what they should not; here each of these is BadBundle. `MESSAGES` names the fields
of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that a served graph may have.
"""

import struct
from dataclasses import dataclass
from typing import Any, NamedTuple

from inference.errors import BadBundle

Fields = dict[str, list[Any]]  # name -> values in their order; messages as Fields, bytes as memoryview
_LONGEST_TEXT = 65_536  # bytes
_DEEPEST = 24  # messages in messages: two graphs in graphs need 13
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_OUTSIDE = "keeps weights outside its file (external data), which is never read"


class Field(NamedTuple):
    """One field of a message."""

    name: str
    kind: str  # int, float, text, bytes, or the name of a message
    many: bool = False
    refused: str = ""  # why a graph with this field is refused


MESSAGES: dict[str, dict[int, Field]] = {
    "model": {
        1: Field("ir_version", "int"),
        2: Field("producer_name", "text"),
        3: Field("producer_version", "text"),
        4: Field("domain", "text"),
        5: Field("model_version", "int"),
        6: Field("doc_string", "text"),
        7: Field("graph", "graph"),
        8: Field("opset_import", "opset", many=True),
        20: Field("training_info", "bytes", refused="brings graphs for training"),
        25: Field("functions", "bytes", refused="defines functions of its own"),
    },
    "opset": {1: Field("domain", "text"), 2: Field("version", "int")},
    "graph": {
        1: Field("node", "node", many=True),
        2: Field("name", "text"),
        5: Field("initializer", "tensor", many=True),
        10: Field("doc_string", "text"),
        11: Field("input", "port", many=True),
        12: Field("output", "port", many=True),
        13: Field("value_info", "port", many=True),
        15: Field("sparse_initializer", "bytes", refused="has sparse weights"),
    },
    "node": {
        1: Field("input", "text", many=True),
        2: Field("output", "text", many=True),
        3: Field("name", "text"),
        4: Field("op_type", "text"),
        5: Field("attribute", "attribute", many=True),
        6: Field("doc_string", "text"),
        7: Field("domain", "text"),
    },
    "attribute": {
        1: Field("name", "text"),
        2: Field("f", "float"),
        3: Field("i", "int"),
        4: Field("s", "bytes"),
        5: Field("t", "tensor"),
        6: Field("g", "graph"),
        7: Field("floats", "float", many=True),
        8: Field("ints", "int", many=True),
        13: Field("doc_string", "text"),
        20: Field("type", "int"),
        21: Field("ref_attr_name", "bytes", refused="refers to a function's attribute"),
        22: Field("sparse_tensor", "bytes", refused="has sparse weights"),
        23: Field("sparse_tensors", "bytes", refused="has sparse weights"),
    },
    "tensor": {
        1: Field("dims", "int", many=True),
        2: Field("data_type", "int"),
        8: Field("name", "text"),
        9: Field("raw_data", "bytes"),
        12: Field("doc_string", "text"),
        13: Field("external_data", "bytes", refused=_OUTSIDE),
        14: Field("data_location", "int", refused=_OUTSIDE),
    },
    "port": {1: Field("name", "text"), 2: Field("type", "type"), 3: Field("doc_string", "text")},
    "type": {1: Field("tensor_type", "tensor_type"), 6: Field("denotation", "text")},
    "tensor_type": {1: Field("elem_type", "int"), 2: Field("shape", "shape")},
    "shape": {1: Field("dim", "dim", many=True)},
    "dim": {1: Field("dim_value", "int"), 2: Field("dim_param", "text"), 3: Field("denotation", "text")},
}


@dataclass(kw_only=True)
class _Reader:
    """What is left to be read."""

    fields: int

    def message(self, data: memoryview, kind: str, depth: int) -> Fields:
        if depth > _DEEPEST:
            raise BadBundle(f"its messages are nested more than {_DEEPEST} deep")
        found: Fields = {}
        at = 0
        while at < len(data):
            tag, at = _varint(data, at)
            field = _field(kind, tag >> 3)
            self._spend(1)
            at = self._value(data, at, tag & 7, field, kind, found, depth)
        return found

    def _value(self, data: memoryview, at: int, wire: int, field: Field, kind: str, found: Fields, depth: int) -> int:
        """Read the value at `at` into `found`; returns where the next field begins."""
        values = found.setdefault(field.name, [])
        if values and not field.many:
            raise BadBundle(f"its {kind} has {field.name} twice")
        if wire == _VARINT and field.kind == "int":
            value, at = _varint(data, at)
            values.append(_signed(value))
        elif wire == _FIXED32 and field.kind == "float":
            values.append(struct.unpack("<f", _taken(data, at, 4))[0])
            at += 4
        elif wire == _BYTES and (field.many or field.kind not in ("int", "float")):
            length, at = _varint(data, at)
            values.extend(self._content(_taken(data, at, length), field, depth))
            at += length
        else:
            raise BadBundle(f"its {kind} has {field.name} written as wire type {wire}, which is not {field.kind}")
        return at

    def _content(self, data: memoryview, field: Field, depth: int) -> list[Any]:
        if field.kind == "bytes":
            return [data]
        if field.kind == "text":
            return [_text(data, field.name)]
        if field.kind == "int":
            return self._packed(data)
        if field.kind == "float":
            if len(data) % 4:
                raise BadBundle(f"its {field.name} are cut off")
            self._spend(len(data) // 4)
            return list(struct.unpack(f"<{len(data) // 4}f", data))
        return [self.message(data, field.kind, depth + 1)]

    def _packed(self, data: memoryview) -> list[int]:
        numbers, at = [], 0
        while at < len(data):
            value, at = _varint(data, at)
            self._spend(1)
            numbers.append(_signed(value))
        return numbers

    def _spend(self, count: int) -> None:
        self.fields -= count
        if self.fields < 0:
            raise BadBundle("it has more fields than are allowed")


def read_model(data: bytes, *, fields: int) -> Fields:
    """The fields of an ONNX model, at most `fields`. Raises BadBundle for anything that is not one, or not strictly."""
    return _Reader(fields=fields).message(memoryview(data), "model", 0)


def _field(kind: str, number: int) -> Field:
    field = MESSAGES[kind].get(number)
    if field is None:
        stranger = "it is no ONNX model: it" if kind == "model" else f"its {kind}"
        raise BadBundle(f"{stranger} has the field number {number}, which no served graph has")
    if field.refused:
        raise BadBundle(f"it {field.refused}: its {kind} has {field.name}")
    return field


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number of 64 bits at `at`, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise BadBundle("it is cut off in the middle of a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 2**64:
                break
            return value, at
    raise BadBundle("it has a number of more than 64 bits")


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _taken(data: memoryview, at: int, length: int) -> memoryview:
    if length > len(data) - at:
        raise BadBundle(f"it is cut off: {length:,} bytes are announced, {len(data) - at:,} are left")
    return data[at : at + length]


def _text(data: memoryview, name: str) -> str:
    if len(data) > _LONGEST_TEXT:
        raise BadBundle(f"its {name} has {len(data):,} bytes, at most {_LONGEST_TEXT:,} are allowed")
    try:
        return bytes(data).decode()
    except ValueError as error:
        raise BadBundle(f"its {name} is not UTF-8") from error
