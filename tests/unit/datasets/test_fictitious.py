"""Fictitious marks: drawn the same each time, safe to rasterise, different from each other."""

import csv
import re
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
import resvg_py
from defusedxml.ElementTree import fromstring

from datasets.fictitious.__main__ import COLUMNS, main, write_registry
from datasets.fictitious.alphabets import ANGULAR, ROUND, SMALL
from datasets.fictitious.drawing import Drawing, Ink, Layer, Palette, colour_svg, number, one_colour_svg
from datasets.fictitious.marks import DEVICES, fictitious_marks
from datasets.fictitious.names import NAMES, invented
from inference.artwork.rasterise import rasterise

SAMPLES = Path(__file__).parents[3] / "datasets" / "samples"
PALETTE = Palette(colours=("#ff0000", "#00ff00", "#0000ff", "#ffffff"))
SQUARE = "M0 0H100V100H0Z"
LEFT = "M0 0H50V100H0Z"


def drawn(svg: str) -> np.ndarray:
    return rasterise(svg.encode(), name="test.svg")


def test_more_names_than_there_are_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="there are only"):
        invented(10_000, Random(1))


def test_no_marks_are_no_marks(tmp_path: Path) -> None:
    assert fictitious_marks(0, 7) == []
    assert write_registry([], tmp_path).read_text() == ",".join(COLUMNS) + "\n"


def test_names_differ_and_can_be_spelled_with_each_alphabet() -> None:
    names = invented(300, Random(1))
    assert len({name.lower() for name in names}) == 300
    assert len(set(NAMES)) == len(NAMES)
    for name in names:
        assert re.fullmatch("[A-Z][a-z]{4,}", name)


def test_each_alphabet_is_whole() -> None:
    assert set(ROUND) == set(ANGULAR) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert set(SMALL) == set("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    ("value", "text"), [(-0.001, "0"), (0.0, "0"), (100.0, "100"), (10.5, "10.5"), (1 / 3, "0.33"), (-2.005, "-2")]
)
def test_numbers_are_short_and_never_minus_zero(value: float, text: str) -> None:
    assert number(value) == text


def test_paper_is_a_hole_in_the_one_colour_version_only() -> None:
    drawing = Drawing(layers=(Layer(path=SQUARE), Layer(path=LEFT, ink=Ink.PAPER)))
    colour, single = drawn(colour_svg(drawing, PALETTE)), drawn(one_colour_svg(drawing))
    assert colour.shape == (256, 256, 4)
    assert colour[128, 60].tolist() == [255, 255, 255, 255]
    assert colour[128, 200].tolist() == [255, 0, 0, 255]
    assert single.shape == (256, 128, 4)  # only the right half is left


def test_a_hole_goes_through_what_lies_below_it_but_not_above() -> None:
    above = Layer(path="M0 40H30V60H0Z", ink=Ink.SECOND)
    drawing = Drawing(layers=(Layer(path=SQUARE), Layer(path="M10 0H50V100H10Z", through=True), above))
    for svg in (colour_svg(drawing, PALETTE), one_colour_svg(drawing)):
        alpha = drawn(svg)[..., 3]
        assert alpha[20, 64] == 0
        assert alpha[20, 200] == alpha[128, 64] == alpha[20, 10] == 255


def test_a_clipped_layer_stays_inside() -> None:
    drawing = Drawing(layers=(Layer(path=SQUARE), Layer(path=SQUARE, ink=Ink.SECOND, clip=LEFT)))
    colour = drawn(colour_svg(drawing, PALETTE))
    assert colour[128, 60].tolist() == [0, 255, 0, 255]
    assert colour[128, 200].tolist() == [255, 0, 0, 255]


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    first = fictitious_marks(16, 3)
    assert fictitious_marks(16, 3) == first
    assert {m.colour for m in fictitious_marks(16, 4)}.isdisjoint(m.colour for m in first)


@pytest.mark.parametrize("seed", range(5))
def test_every_device_stays_on_its_canvas(seed: int) -> None:
    # The viewBox leaves 4 units around the canvas: what lies further out would be cut off.
    for device in DEVICES:
        drawing = device(Random(seed))
        layers = tuple(layer.moved("translate(50 50)") for layer in drawing.layers)
        wide = Drawing(layers=layers, width=drawing.width + 100, height=drawing.height + 100)
        png = resvg_py.svg_to_bytes(svg_string=colour_svg(wide, PALETTE), width=432, skip_system_fonts=True)
        alpha = cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_UNCHANGED)[..., 3]
        margin = 0.04 * max(wide.width, wide.height)
        unit = 432 / (wide.width + 2 * margin)
        for axis, side in ((0, drawing.width), (1, drawing.height)):
            inked = np.flatnonzero(alpha.max(axis)) / unit - margin - 50
            assert inked.min() >= -5, (device.__name__, axis)  # one more: half a pixel each way
            assert inked.max() <= side + 5, (device.__name__, axis)


def test_marks_use_paths_only_and_refer_to_nothing_outside() -> None:
    for mark in fictitious_marks(64, 11):
        for svg in (mark.colour, mark.one_colour):
            tags = {element.tag.rpartition("}")[2] for element in fromstring(svg).iter()}
            assert tags <= {"svg", "path", "mask", "rect", "g", "clipPath"}
            assert "href" not in svg
            assert set(re.findall(r"url\((.)", svg)) <= {"#"}


def test_the_sample_registry_is_what_the_generator_draws(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path), "--count", "48", "--seed", "7"]) == 0
    expected = {p.relative_to(tmp_path): p.read_text() for p in tmp_path.rglob("*") if p.is_file()}
    found = {p: (SAMPLES / p).read_text() for p in expected if (SAMPLES / p).is_file()}
    assert found == expected
    assert {p.name for p in (SAMPLES / "artwork").iterdir()} == {p.name for p in (tmp_path / "artwork").iterdir()}


def test_the_sample_registry_is_sound_and_small() -> None:
    with (SAMPLES / "registry.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 96
    assert len({row["mark_id"] for row in rows}) == 48
    assert len({row["holder"] for row in rows}) == 44  # four marks belong to the holder of another
    assert {row["variant"] for row in rows} == {"symbol", "wordmark", "artwork"}
    assert {(row["colour"], row["split"]) for row in rows} == {("True", "held_out"), ("False", "held_out")}
    files = [SAMPLES / row["file"] for row in rows]
    assert sum(f.stat().st_size for f in files) < 600 * 1024


def test_sample_marks_look_different_from_each_other() -> None:
    def thumbnail(path: Path) -> np.ndarray:
        artwork = drawn(path.read_text())[..., 3]
        height, width = artwork.shape
        square = np.zeros((256, 256), np.uint8)
        top, left = (256 - height) // 2, (256 - width) // 2
        square[top : top + height, left : left + width] = artwork
        flat = cv2.resize(square, (24, 24), interpolation=cv2.INTER_AREA).astype(np.float64).ravel()
        return (flat - flat.mean()) / flat.std()

    symbols = sorted((SAMPLES / "artwork").glob("*-mono.svg"))
    pictures = np.array([thumbnail(path) for path in symbols])
    alike = pictures @ pictures.T / pictures.shape[1] - np.eye(len(pictures))
    first, second = np.unravel_index(alike.argmax(), alike.shape)
    assert alike.max() < 0.97, f"{symbols[first].name} and {symbols[second].name} look the same"
