"""Redaction: addresses, numbers and codes cannot be read any more, and marks stay as they are, bit for bit."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from version_records import image, label

from datasets.versions.codes import codes
from datasets.versions.errors import NotRedacted
from datasets.versions.exporting import NOTE, Exporter, boxes_of
from datasets.versions.redaction import SHADES, Words, foreign, hidden, load_words, readable, redacted, shielded
from inference import lines
from inference.reader import Reader

Picture = NDArray[np.uint8]
PARCELS = Path("datasets/samples/parcels")
NOTHING = np.zeros((0, 4), np.float32)
ADDRESS = ("Ottilie Quandt", "17 Harbour Lane", "DK-2100 Kobenhavn")


@pytest.fixture(scope="module")
def words() -> Words:
    return load_words(threads=1)


@pytest.fixture(scope="module")
def reader(words: Words) -> Reader:
    return Reader(words.finders[0], words.recogniser)


def said(words: Words, picture: Picture) -> list[str]:
    """All that the project's reader reads in a picture, by both sizes of its line finder."""
    quads = [quad for finder in words.finders for quad in finder.find(picture).quads]
    read = (words.recogniser.text(lines.cut(picture, quad)) for quad in quads)
    return [text for text, sure in read if readable(text, sure)]


def lettered(text: tuple[str, ...], size: tuple[int, int] = (640, 480)) -> Picture:
    picture = np.full((size[1], size[0], 3), 225, np.uint8)
    for number, line in enumerate(text):
        cv2.putText(picture, line, (40, 80 + 50 * number), cv2.FONT_HERSHEY_DUPLEX, 1.1, (20, 20, 20), 2, cv2.LINE_AA)
    return picture


def sample(name: str) -> tuple[Picture, NDArray[np.float32]]:
    """A sample parcel, and the boxes of its marks."""
    notes = json.loads((PARCELS / "annotations.json").read_text("utf-8"))
    number = next(one["id"] for one in notes["images"] if one["file_name"] == name)
    boxes = [one["bbox"] for one in notes["annotations"] if one["image_id"] == number]
    picture = cv2.cvtColor(cv2.imread(str(PARCELS / name)), cv2.COLOR_BGR2RGB)
    return picture, np.array([[x, y, x + w, y + h] for x, y, w, h in boxes], np.float32).reshape(-1, 4)


def test_an_address_cannot_be_read_any_more(words: Words, reader: Reader) -> None:
    picture = lettered(ADDRESS)
    before = " ".join(said(words, picture)).replace(" ", "")
    assert "OttilieQuandt" in before
    assert "HarbourLane" in before
    after = redacted(picture, NOTHING, words)
    assert said(words, after) == []
    whole = np.array([[0, 0, 640, 480], [30, 40, 420, 200]], np.float32)
    read = [one.text for readings in reader.read(after, whole) for one in readings if one.confidence > 0.6]
    assert not any(part.lower() in text.lower() for text in read for part in ("ottilie", "quandt", "harbour", "2100"))


def test_the_label_of_a_parcel_vanishes_and_its_marks_stay_bit_for_bit(words: Words) -> None:
    picture, keep = sample("carton-on-belt.jpg")
    assert len(keep) == 2
    assert len(said(words, picture)) >= 5
    after = redacted(picture, keep, words)
    marks = shielded(keep, picture) > 0
    assert np.array_equal(after[marks], picture[marks])
    outside = [quad for quad in words.finders[1].find(after).quads if foreign([quad], keep)]
    assert not [text for text in (words.recogniser.text(lines.cut(after, q)) for q in outside) if readable(*text)]
    assert (after != picture).any(2).mean() < 0.15  # and most of the rest, too


def test_a_word_that_is_the_mark_stays_and_its_neighbour_does_not(words: Words) -> None:
    picture = lettered(("TESMARIN", "", "Ottilie Quandt"))
    keep = np.array([[35, 45, 240, 95]], np.float32)
    after = redacted(picture, keep, words)
    assert [text.upper() for text in said(words, after)[:1]] == ["TESMARIN"]
    assert np.array_equal(after[45:95, 35:240], picture[45:95, 35:240])
    assert not any("uandt" in text for text in said(words, after))


def qr(text: str) -> Picture:
    code = cv2.QRCodeEncoder.create().encode(text)
    return cv2.cvtColor(cv2.resize(code, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2RGB)


def bars(count: int) -> Picture:
    """A barcode without digits below it."""
    widths = np.random.default_rng(5).integers(1, 4, 2 * count)
    row = np.repeat(np.arange(2 * count) % 2 * 235, 2 * widths).astype(np.uint8)
    return np.repeat(np.repeat(row[None, :, None], 90, 0), 3, 2)


def placed(patch: Picture, angle: float) -> Picture:
    picture = np.full((600, 800, 3), 235, np.uint8)
    h, w = patch.shape[:2]
    picture[200 : 200 + h, 200 : 200 + w] = patch
    turn = cv2.getRotationMatrix2D((400, 300), angle, 1)
    return np.asarray(cv2.warpAffine(picture, turn, (800, 600), borderValue=(235, 235, 235)))


def test_codes_cannot_be_read_any_more(words: Words) -> None:
    picture = placed(qr("CP123456789DK"), 20)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == "CP123456789DK"
    after = redacted(picture, NOTHING, words)
    assert cv2.QRCodeDetector().detectAndDecode(after)[0] == ""
    assert (picture < 50).mean() > 0.01
    assert not (after < 150).any()


@pytest.mark.parametrize("angle", [0, 35, 90])
def test_bars_are_found_at_any_angle_and_lose_their_steps(angle: float) -> None:
    picture = placed(bars(40), angle)
    assert codes(picture)
    after = hidden(picture, codes(picture), np.zeros((600, 800), np.uint8), 2.0)
    dark = (picture < 100).all(2)
    assert (after[dark] > 60).mean() > 0.97


def test_edges_and_cloth_are_no_codes() -> None:
    picture = np.full((600, 800, 3), 60, np.uint8)
    picture[200:, 300:] = 220
    assert codes(picture) == []
    threads = np.sin(np.arange(800) / 2)
    weave = 128 + 20 * threads[None, :600] * threads[:, None]
    assert codes(np.repeat(weave[..., None], 3, 2).astype(np.uint8)) == []


def test_what_stays_legible_is_an_error(words: Words) -> None:
    class Stubborn:
        def text(self, line: Picture) -> tuple[str, float]:
            return "17 Harbour Lane", 0.99

    class Everywhere:
        def find(self, picture: Picture) -> lines.Lines:
            quad = np.array([[[10, 10], [90, 10], [90, 30], [10, 30]]], np.float32)
            return lines.Lines(quads=quad, chances=np.zeros((8, 8), np.float32))

    stubborn = Words(finders=(Everywhere(),), recogniser=Stubborn())
    with pytest.raises(NotRedacted, match="can still be read at 1 places"):
        redacted(lettered(ADDRESS), NOTHING, stubborn)
    exporter = Exporter(words=stubborn)
    with pytest.raises(NotRedacted, match=r"^i1\.png: something can still be read"):
        exporter.exported(image(), lettered(ADDRESS), b"")


def test_a_blank_and_a_tiny_picture_stay_as_they_are(words: Words) -> None:
    for size in ((64, 48), (1, 1)):
        picture = np.full((size[1], size[0], 3), 90, np.uint8)
        assert np.abs(redacted(picture, NOTHING, words).astype(int) - picture).max() <= SHADES / 2


def test_what_was_hidden_is_not_learnt_from() -> None:
    picture = lettered(ADDRESS)
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    labels = (
        label("1", category="not_a_logo", mark_id=None, box=(0.0, 0.0, 20.0, 20.0), provenance=(("office", "x"),)),
        label("2", category="not_a_logo", mark_id=None, box=(100.5, 100.0, 120.0, 120.0)),
        label("3", box=(0.0, 0.0, 15.0, 20.0)),
    )
    assert boxes_of(labels).tolist() == [[0, 0, 15, 20]]

    def black(seen: Picture, keep: NDArray[np.float32], words: Words | None) -> Picture:
        after = seen.copy()
        after[:21, 15:21] = after[:21, :15] = 0
        return after

    record = image(file_name="a.webp", labels=labels)
    own, file = Exporter(words=None, redact=black).exported(record, picture, data)
    assert own.file_name == "a.webp.jpg"
    assert [one.ignore for one in own.labels] == [True, False, True]
    assert own.labels[0].provenance == (("office", "x"), NOTE)
    assert own.labels[1] == labels[1]
    assert b"Exif" not in file
    scan = replace(record, modality="xray")
    assert Exporter(words=None, redact=black).exported(scan, picture, data) == (scan, data)
