"""bundle.json taken literally, its preprocessing, and attachments in NumPy's format."""

import contextlib
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.bundles import Bundle, bundle_from, load_bundle
from inference.errors import BadBundle
from inference.proving.arrays import check_array
from inference.proving.description import check_description, described, strict_json
from inference.proving.limits import LIMITS, Limits
from inference.proving.preprocessing import check_preprocessing, preprocessing_of
from tests.toy_models import CONFIGS

MODELS = Path(__file__).parents[4] / "models"
ROLES = ("detector", "embedder", "xray_detector", "xray_embedder")


def bundle(role: str = "embedder", attachments: tuple[str, ...] = (), **config: Any) -> Bundle:
    whole = CONFIGS["detector" if role.endswith("detector") else "embedder"] | config
    kept = {key: value for key, value in whole.items() if value is not None}
    parts = {"name": "eye-1", "version": "1", "sha256": "0" * 64, "model": b""}
    return Bundle(**parts, role=role, config=kept, attachments=dict.fromkeys(attachments, b""))


@pytest.mark.parametrize("role", ROLES)
def test_the_shipped_ones_and_the_toys_are_sound(role: str) -> None:
    shipped = load_bundle(MODELS, role)
    own = preprocessing_of(role, shipped.config)
    shipped.config["preprocessing"] = json.loads(json.dumps(own))
    check_description(shipped, ["bundle.json", "model.onnx", "card.md", *shipped.attachments])
    check_description(bundle(role), [])


WEIGHTS = CONFIGS["embedder"]["calibration"]


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        (bundle(side=None), "config lacks side; embedder has calibration, dimension, parts, "),
        (bundle(colour=1), "config has unknown 'colour'"),
        (bundle("detector", threshold=0.5), "config has unknown 'threshold'; detector has least, most"),
        (bundle("xray_embedder", parts=4), "config has unknown 'parts'"),
        (bundle(side=True), "side is True, expected a whole number in 32..1280"),
        (bundle(side=112.0), "side is 112.0, expected a whole number"),
        (bundle(side=10**9), "side is 1000000000, expected a whole number"),
        (bundle(dimension=-8), "dimension is -8, expected a whole number in 8..4096"),
        (bundle(threshold="0.5"), "threshold is '0.5', expected a number in 0..1"),
        (bundle(threshold=True), "threshold is True"),
        (bundle("detector", least=-0.1), "least is -0.1, expected a number in 0..1"),
        (bundle("detector", most=0), "most is 0, expected a whole number in 1..300"),
        (bundle(calibration=[]), "calibration must be an object, got list"),
        (bundle(calibration={}), "calibration must have the keys"),
        (bundle(calibration=WEIGHTS | {"margin": -1.0}), "likeness never speaks against a mark"),
        (
            bundle(calibration=WEIGHTS | {"margin": 1e9}),
            r"margin is 1000000000\.0, expected a number in -10000\.\.10000",
        ),
        (bundle(calibration=WEIGHTS | {"margin": None}), "margin is None"),
        (bundle(calibration=WEIGHTS | {"rarity": 1.0}), "counts rarity, but ordinary.npy is missing"),
        (bundle(second_look={"intercept": 0, "first": 0, "fitted": 0}), "keeps the order of the first"),
        (bundle("xray_embedder", fusion={"intercept": 0, "slope": -1}), "a gain is finite and never falls"),
        (bundle("detector", tiling={"overlap": 0.9}), "overlap must be in 0..0.5"),
        (bundle("detector", tiling={"tiles": 4}), "unknown keys tiles"),
        (bundle("detector", ("cohort.npy",)), "detector has no attachment cohort.npy; allowed: none"),
        (bundle("xray_embedder", ("verifier.onnx",)), "no attachment verifier.onnx; allowed: cohort.npy, ordinary.npy"),
        (bundle("embedder", ("verifier.onnx",)), "verifier.onnx compares parts, but config has no parts"),
        (bundle(preprocessing=None, parts=0), "parts is 0"),
        (bundle(preprocessing=7), "preprocessing must be an object, got 7"),
    ],
)
def test_what_a_config_may_not_say(spoiled: Bundle, words: str) -> None:
    with pytest.raises(BadBundle, match=f"^eye-1/bundle.json: .*{words}"):
        check_description(spoiled, [])


def test_files_that_no_loader_asks_for_are_refused() -> None:
    with pytest.raises(BadBundle, match="eye-1 holds files that no loader asks for: notes.txt, weights.bin"):
        check_description(bundle(), ["weights.bin", "notes.txt", "card.md", "train.lock", "model.onnx"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": "bgr"}, "colour is 'bgr', expected 'rgb'"),
        ({"margin": 1.3, "looks": [1.03]}, r"looks is \[1.03\], expected \[1.03, 0.86\]; margin is 1.3, expected 1.15"),
        ({"looks": 1}, r"looks is 1, expected \[1.03, 0.86\]"),
        ({"mean": [0.5]}, r"mean is \[0.5\], expected 'no such key'"),
        ({"side": True}, "side is True, expected 32"),
        ({"side": 224}, "side is 224, expected 32"),
    ],
)
def test_another_preprocessing_is_told_key_by_key(change: dict[str, Any], words: str) -> None:
    config = CONFIGS["embedder"]
    given_ = preprocessing_of("embedder", config) | change
    with pytest.raises(BadBundle, match=f"x: preprocessing differs from what this version does: {words}"):
        check_preprocessing("embedder", config | {"preprocessing": given_}, "x")
    missing = {key: value for key, value in given_.items() if key == "side"}
    with pytest.raises(BadBundle, match="colour is 'missing', expected 'rgb'"):
        check_preprocessing("embedder", config | {"preprocessing": missing}, "x")


def test_x_ray_pictures_are_looked_at_once() -> None:
    assert preprocessing_of("xray_embedder", {"side": 112})["looks"] == [1.1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"a": NaN}', "NaN is no number in JSON"),
        (b'{"a": -Infinity}', "-Infinity is no number in JSON"),
        (b'{"a": 1e400}', "the number 1e400 is too large"),
        (b'{"a": {"b": 1, "b": 2}}', "a key comes twice: 'b'"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"a": ' * 40_000, "cannot be read"),
        (b"1" * 9000, "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"[]", "must hold an object, got list"),
        (b"", "cannot be read"),
        (b"{}" + b" " * 300_000, "has 300,002 bytes, at most 262,144"),
    ],
)
def test_json_is_taken_strictly(data: bytes, words: str) -> None:
    with pytest.raises(BadBundle, match=f"^x.json .*{words}"):
        strict_json(data, where="x.json", most=LIMITS.description_bytes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["name", "role", "version", "config", "x"]), JSON) | JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_that_is_no_description_is_refused(value: Any) -> None:
    data = json.dumps(value).encode()
    with pytest.raises(BadBundle):  # no text of nine letters is a role
        described(data, where="x", most=10_000)


@given(key=st.sampled_from(sorted({*CONFIGS["embedder"], "parts", "second_look", "preprocessing"})), value=JSON)
@settings(max_examples=150, deadline=None)
def test_any_config_is_sound_or_refused(key: str, value: Any) -> None:
    spoiled = bundle()
    spoiled.config[key] = value
    with contextlib.suppress(BadBundle):
        check_description(spoiled, [])
        assert key in ("side", "dimension", "threshold", "parts")  # a number may be one by chance, the others are not


def array(values: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, **options)
    return buffer.getvalue()


GOOD = array(np.eye(8, dtype=np.float16))


def rows_of(data: bytes) -> int:
    return check_array("cohort.npy", data, dimension=8, limits=Limits(rows=100))


def test_sound_arrays_are_counted() -> None:
    assert rows_of(GOOD) == 8
    assert rows_of(array(np.eye(8, dtype=np.int8))) == 8


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "has not the header"),
        (GOOD[:40], "has not the header"),
        (GOOD[:-1], r"it has 127 bytes of numbers, expected 128 for \(8, 8\)"),
        (GOOD + b"0", "it has 129 bytes of numbers, expected 128"),
        (array(np.array([None])), "it keeps Python objects"),
        (array(np.eye(8)), "it is of type <f8, expected float16 or int8 in rows"),
        (array(np.eye(8, dtype=">f2")), "it is of type >f2"),
        (array(np.asfortranarray(np.arange(32).reshape(4, 8).astype(np.float16))), "expected float16 or int8 in rows"),
        (array(np.zeros((8, 8), np.int8)), "each vector must have length 1"),
        (array(np.ones((8, 8), np.float16)), "each vector must have length 1"),
        (array(np.ones(8, np.float16)), r"its shape is \(8,\), expected \(n, 8\) with n in 1..100"),
        (array(np.float16(1)), r"its shape is \(\)"),
        (array(np.ones((2, 9), np.float16)), r"its shape is \(2, 9\)"),
        (array(np.eye(8, dtype=np.float16)[:2]), "a cohort is"),
        (array(np.zeros((101, 8), np.int8)), r"its shape is \(101, 8\)"),
        (array(np.zeros(4, [("a", "<f2"), ("b", "<f2")])), "has not the header"),
    ],
)
def test_what_an_attachment_may_not_be(data: bytes, words: str) -> None:
    with pytest.raises(BadBundle, match=words):
        rows_of(data)


@given(at=st.integers(0, len(GOOD) - 1), piece=st.binary(max_size=6), drop=st.integers(0, 6))
@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the length of what is not a number
def test_a_spoiled_array_is_refused_or_sound(at: int, piece: bytes, drop: int) -> None:
    with contextlib.suppress(BadBundle):
        assert rows_of(GOOD[:at] + piece + GOOD[at + drop :]) == 8


def test_a_bundle_is_made_of_bytes_that_were_read_before() -> None:
    files = {"model.onnx": b"model", "cohort.npy": b"rows"}
    sums = {name: sha256(data).hexdigest() for name, data in files.items()}
    description: dict[str, Any] = {"name": "eye-1", "role": "embedder", "version": "1", "config": {"side": 1}}
    description |= {"sha256": sums["model.onnx"], "attachments": {"cohort.npy": sums["cohort.npy"]}}
    files["bundle.json"] = json.dumps(description).encode()
    named = {"role": "embedder", "name": "eye-1", "sha256": sums["model.onnx"]}
    made = bundle_from(files, **named)
    assert (made.model, made.attachments, made.trained) == (b"model", {"cohort.npy": b"rows"}, {})
    with pytest.raises(BadBundle, match="role is 'embedder', expected 'detector'"):
        bundle_from(files, **named | {"role": "detector"})
    with pytest.raises(BadBundle, match="eye-1/cohort.npy has sha256 .*, expected .*"):
        bundle_from(files | {"cohort.npy": b"other"}, **named)
    with pytest.raises(BadBundle, match="eye-1/model.onnx is missing; there are: bundle.json, cohort.npy"):
        bundle_from({name: data for name, data in files.items() if name != "model.onnx"}, **named)
