"""Model bundles that are spoiled in one place, each with the words by which it must be refused: see `SPOILED`."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from onnx import TensorProto, helper

from inference.proving.keys import digits_of
from inference.proving.signing import SIGNATURE
from tests import toy_models as toy


def node(operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> Any:
    return helper.make_node(operator, inputs, outputs, **attributes)


def detector(*args: Any, **kwargs: Any) -> Any:
    return toy.model(toy.detector(*args, **kwargs))


def external(location: str) -> Any:
    made = detector()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return made


def stored(name: str, dims: list[int], raw: bytes = b"") -> TensorProto:
    return TensorProto(name=name, dims=dims, data_type=TensorProto.FLOAT, raw_data=raw)


def forever() -> Any:
    body = helper.make_graph(
        [node("Identity", ["going"], ["on"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, [])],
    )
    return detector([node("Loop", ["", "true"], [], body=body)], [toy.constant("true", True, np.bool_)])


def expanded(*shape: int) -> Any:
    """Boxes that depend on a tensor of `shape`, made when the graph runs."""
    filled = [
        node("ConstantOfShape", ["shape"], ["much"]),
        node("ReduceMax", ["much"], ["least"], keepdims=0),
        node("Add", ["base", "least"], ["boxes_in"]),
    ]
    return detector(filled, [toy.constant("shape", shape, np.int64), toy.constant("base", [[1, 1, 9, 9]])])


def ranged() -> Any:
    """Boxes that depend on a range of a trillion numbers."""
    counted = [
        node("Range", ["zero", "end", "one"], ["much"]),
        node("ReduceMax", ["much"], ["last"], keepdims=0),
        node("Mul", ["last", "zero"], ["nothing"]),
        node("Cast", ["nothing"], ["float"], to=TensorProto.FLOAT),
        node("Add", ["base", "float"], ["boxes_in"]),
    ]
    numbers = [toy.constant(n, v, np.int64) for n, v in (("zero", 0), ("end", 10**12), ("one", 1))]
    return detector(counted, [*numbers, toy.constant("base", [[1, 1, 9, 9]])])


def slow() -> Any:
    """Boxes that depend on a thousand products of large matrices."""
    chain = [node("ConstantOfShape", ["shape"], ["m0"])]
    chain += [node("MatMul", [f"m{i}", "m0"], [f"m{i + 1}"]) for i in range(1000)]
    chain += [node("ReduceMax", ["m1000"], ["least"], keepdims=0), node("Add", ["base", "least"], ["boxes_in"])]
    return detector(chain, [toy.constant("shape", (2000, 2000), np.int64), toy.constant("base", [[1, 1, 9, 9]])])


def divided() -> Any:
    return detector([node("Div", ["nil", "nil"], ["boxes_in"])], [toy.constant("nil", np.zeros((1, 4)))])


def wide() -> Any:
    """Says (m, 4), makes (m, 5); of a size that only shows when it runs."""
    made = [
        node("Shape", ["pictures"], ["sizes"]),
        node("Slice", ["sizes", "from", "to"], ["three"]),
        node("Add", ["three", "two"], ["five"]),
        node("Concat", ["one", "five"], ["shape"], axis=0),
        node("ConstantOfShape", ["shape"], ["boxes_in"]),
    ]
    numbers = {"from": [3], "to": [4], "two": [2], "one": [1]}
    return detector(made, [toy.constant(name, value, np.int64) for name, value in numbers.items()])


def mixed() -> Any:
    return detector([node("Add", ["whole", "base"], ["boxes_in"])], [
        toy.constant("whole", [[1, 1, 9, 9]], np.int64), toy.constant("base", [[1, 1, 9, 9]])
    ])  # fmt: skip


def other_opset(version: int) -> Any:
    return toy.model(toy.detector(), opset=version)


def other_domain() -> Any:
    gate = [helper.make_node("Gate", ["base"], ["boxes_in"], domain="com.example")]
    return toy.model(toy.detector(gate, [toy.constant("base", [[1, 1, 9, 9]])]), domains=("com.example",))


def hidden_domain() -> Any:
    """As `other_domain`, not declared."""
    made = other_domain()
    del made.opset_import[1]
    return made


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02.")
    return buffer.getvalue()


def array(values: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, **options)
    return buffer.getvalue()


def headed(shape: str, kind: str = "<f2") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def with_cohort(data: bytes) -> Callable[[Path], Path]:
    return lambda folder: toy.bundle(folder, toy.model(toy.embedder()), "embedder", attachments={"cohort.npy": data})


def with_text(old: str, new: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        toy.bundle(folder, toy.model(toy.embedder()), "embedder")
        text = (folder / "bundle.json").read_text()
        assert old in text
        (folder / "bundle.json").write_text(text.replace(old, new))
        return folder

    return make


def of(make: Callable[[], Any], role: str = "detector", **more: Any) -> Callable[[Path], Path]:
    return lambda folder: toy.bundle(folder, make(), role, **more)


def forged(folder: Path, key: Ed25519PrivateKey) -> None:
    """Sign without looking, as somebody who has the key and means harm."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    entries = {name: {"sha256": sha256(data).hexdigest(), "size": len(data)} for name, data in files.items()}
    about = {"kind": "tidewaiter-bundle-1", "name": "eye-1", "version": "1", "key": digits_of(key.public_key())}
    about["role"] = "embedder" if b'"role": "embedder"' in files["bundle.json"] else "detector"
    message = json.dumps(about | {"files": entries}, sort_keys=True, separators=(",", ":")).encode()
    manifest = about | {"files": entries, "signature": key.sign(message).hex()}
    (folder / SIGNATURE).write_text(json.dumps(manifest))


SPOILED: dict[str, tuple[Callable[[Path], Path], str]] = {  # bad, and signed all the same
    "pickle": (
        of(lambda: pickle.dumps({"weights": [1.0] * 50})),
        "model.onnx: it is no ONNX model: it has the field number 64",
    ),
    "zip": (of(zipped), "model.onnx: it is no ONNX model: it has the field number 10, which"),
    "empty": (of(lambda: b""), "it is no ONNX model of IR version 8: it says 0"),
    "truncated": (of(lambda: detector().SerializeToString()[:-30]), "model.onnx: it is cut off: .* are left"),
    "external data above": (of(lambda: external("../../secret")), "keeps weights outside its file"),
    "external data by absolute path": (of(lambda: external("/etc/passwd")), "keeps weights outside its file"),
    "sha256 of another model": (of(detector, sha256="0" * 64), f"sha256 is '{'0' * 64}', expected '"),
    "tensor bomb": (of(lambda: detector(stored=[stored("b", [60_000] * 2)])), "60,000x60,000: 3,600,000,000 numbers"),
    "tensor that overflows": (of(lambda: detector(stored=[stored("b", [2**62, 4])])), r"about 10\^18x4: about 10\^19"),
    "tensor of nothing by much": (of(lambda: detector(stored=[stored("b", [0, 2**62])])), "at most 16,777,216"),
    "tensor below nothing": (of(lambda: detector(stored=[stored("b", [-1, 4])])), "none below 0"),
    "tensor with too few bytes": (of(lambda: detector(stored=[stored("b", [9], b"123")])), "3 bytes, expected 36"),
    "picture bomb": (of(lambda: expanded(60_000, 60_000)), "it needs more memory than it may have when it"),
    "loop": (of(forever), "the operator 'Loop' is not allowed"),
    "range bomb": (of(ranged), "model.onnx: it needs more memory than it may have when it"),
    "random": (of(lambda: detector([node("RandomNormal", [], ["r"], shape=[3])])), "'RandomNormal' is not allowed"),
    "input of floats": (of(lambda: detector(pictures=toy.FLOAT)), r"pictures float32 \(1, .*expected pictures uint8"),
    "older operators": (of(lambda: other_opset(17)), "operator sets onnx 17, expected onnx 18 alone"),
    "operators to come": (of(lambda: other_opset(99)), "operator sets onnx 99, expected onnx 18 alone"),
    "declared domain": (of(other_domain), "operator sets onnx 18, com.example 1, expected onnx 18 alone"),
    "domain": (of(hidden_domain), "'Gate' is of the domain 'com.example', expected ONNX's own"),
    "NaN weights": (
        of(lambda: toy.model(toy.embedder(weight=np.nan)), "embedder"),
        "'rows' has weights that are not",
    ),
    "not of length 1": (of(lambda: toy.model(toy.embedder(normalised=False)), "embedder"), "vectors have lengths"),
    "divided by nothing": (of(divided), "of 1x128x128x3 it makes numbers that are not finite float32"),
    "five numbers to a box": (of(wide), r"it makes boxes \(1, 5\) and scores \(1,\), expected \(m, 4\)"),
    "boxes far out": (of(lambda: detector(boxes=[[0, 0, 10**6, 9]])), r"the box \[0.0, 0.0, 1000000.0, 9.0\], which"),
    "types that do not fit": (of(mixed), "ONNX Runtime refuses it when it loads: .*"),
    "embedder as detector": (of(lambda: toy.model(toy.embedder())), "its inputs are pictures uint8 .* expected pict"),
    "pickled array": (
        with_cohort(array(np.array([{}, None]), allow_pickle=True)),
        "cohort.npy: it keeps Python objects",
    ),
    "array bomb": (with_cohort(headed("(1000000000000, 8)")), r"shape is \(1000000000000, 8\), expected \(n, 8\)"),
    "array of nothing": (with_cohort(headed("(1000, 8)")), r"has 0 bytes of numbers, expected 16,000 for \(1000, 8\)"),
    "array with NaN": (with_cohort(array(np.full((9, 8), np.nan, np.float16))), "each vector must have length 1"),
    "zipped arrays": (with_cohort(zipped()), "cohort.npy: it has not the header of an array in NumPy's format"),
    "unknown attachment": (of(detector, attachments={"run.npy": b"1"}), "detector has no attachment run.npy"),
    "unknown key": (with_text('"threshold"', '"treshold"'), "config lacks threshold|has unknown 'treshold'"),
    "threshold of 7": (with_text('"threshold": 0.5', '"threshold": 7'), r"threshold is 7, expected a number in 0\.\.1"),
    "threshold NaN": (with_text('"threshold": 0.5', '"threshold": NaN'), "NaN is no number in JSON"),
    "weight without end": (with_text('"margin": 1.0', '"margin": 1e999'), "the number 1e999 is too large"),
    "key twice": (with_text('"threshold": 0.5', '"threshold": 0.5, "threshold": 0'), "a key comes twice: 'threshold'"),
    "other preprocessing": (
        of(detector, config={"preprocessing": {"layout": "nchw", "dtype": "uint8", "colour": "bgr"}}),
        "colour is 'bgr', expected 'rgb'; layout is 'nchw', expected 'nhwc'; longest is 'missing', expected 160",
    ),
}
