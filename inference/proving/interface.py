"""What a net of each role takes and gives, as it must be declared in its graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FLOAT, UINT8, INT8, INT32, INT64, BOOL, HALF = 1, 2, 3, 6, 7, 9, 10  # onnx.TensorProto.DataType
KINDS = {  # data type -> (name, numpy type)
    FLOAT: ("float32", "<f4"),
    UINT8: ("uint8", "u1"),
    INT8: ("int8", "i1"),
    INT32: ("int32", "<i4"),
    INT64: ("int64", "<i8"),
    BOOL: ("bool", "?"),
    HALF: ("float16", "<f2"),
}


@dataclass(frozen=True, kw_only=True)
class Port:
    """A named tensor that goes into a graph or comes out; None stands for a dimension that is left free."""

    name: str
    kind: int
    dims: tuple[int | None, ...]

    def __str__(self) -> str:
        kind = KINDS[self.kind][0] if self.kind in KINDS else f"type {self.kind}"
        return f"{self.name[:40]} {kind} ({', '.join('*' if d is None else str(d) for d in self.dims)})"


@dataclass(frozen=True, kw_only=True)
class Interface:
    """What goes in and comes out, in order."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def interface_of(role: str, config: Mapping[str, Any]) -> Interface:
    """The interface of a bundle's model."""
    if role.endswith("detector"):
        return Interface(
            inputs=(Port(name="pictures", kind=UINT8, dims=(1, None, None, 3)),),
            outputs=(
                Port(name="boxes", kind=FLOAT, dims=(None, 4)),
                Port(name="scores", kind=FLOAT, dims=(None,)),
            ),
        )
    side, numbers = config["side"], config["dimension"] + config.get("parts", 0)
    return Interface(
        inputs=(Port(name="pictures", kind=UINT8, dims=(None, side, side, 3)),),
        outputs=(Port(name="vectors", kind=FLOAT, dims=(None, numbers)),),
    )


def verifier_interface(parts: int) -> Interface:
    """The interface of an embedder's verifier."""
    return Interface(
        inputs=(Port(name="pairs", kind=FLOAT, dims=(None, 2 * parts + 1)),),
        outputs=(Port(name="added", kind=FLOAT, dims=(None,)),),
    )
