"""The sample photographs: the geometry of their boxes, what hides a mark, and that a seed fixes every pixel."""

import json
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.evaluation_set import read_evaluation_set
from datasets.parcels.__main__ import MOST_BYTES, annotations, as_jpeg, main
from datasets.parcels.photographs import SCENES, UNRECORDED, Registry, photograph, unrecorded_mark
from datasets.parcels.sheets import Sheet
from datasets.parcels.solids import Cuboid, normal_of
from datasets.parcels.stage import FINER, Stage, View
from inference.errors import UnknownMark

SAMPLES = Path(__file__).parents[4] / "datasets" / "samples"
PARCELS = SAMPLES / "parcels"
CLEAN = {"plain-carton.jpg", "plain-bags.jpg", "unrecorded.jpg"}
ABOVE = View(eye=(0.0, -0.001, 100.0), target=(0.0, 0.0, 0.0), field=90.0)  # 200 cm across at height 0


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry(SAMPLES / "registry.csv")


def stage(view: View = ABOVE) -> Stage:
    return Stage(np.random.default_rng(1), view, 200)


def ink(alpha: float = 1.0) -> np.ndarray:
    printed = np.zeros((40, 40, 4), np.float32)
    printed[..., 3] = alpha
    return printed


def square(side: float, z: float = 0.0, x: float = 0.0) -> np.ndarray:
    half = side / 2
    return np.array([(x - half, half, z), (x + half, half, z), (x + half, -half, z), (x - half, -half, z)])


def marked(side: float, printed: float, holder: str = "tesmarin") -> Sheet:
    sheet = Sheet.plain(side, side, 4.0, (200.0, 200.0, 200.0))
    sheet.stamp(ink(), (side / 2, side / 2), printed, holder=holder)
    return sheet


def test_a_mark_that_is_not_recorded_is_named(registry: Registry) -> None:
    with pytest.raises(UnknownMark, match="'nobody' is not in the registry"):
        registry.mark("nobody")


def test_a_recorded_mark_cannot_pass_for_an_unrecorded_one(registry: Registry) -> None:
    mark_id, seed = UNRECORDED
    with pytest.raises(UnknownMark, match=f"seed {seed}"):
        unrecorded_mark(registry.holders | {mark_id}, (0.0, 0.0, 0.0))
    assert unrecorded_mark(registry.holders, (0.0, 0.0, 0.0)).holder is None


def test_a_thing_outside_the_picture_leaves_no_mark() -> None:
    seen_from_above = stage()
    before = seen_from_above.picture.copy()
    seen_from_above.lay(marked(20, 10), square(20, x=500))
    assert seen_from_above.seen() == []
    np.testing.assert_array_equal(seen_from_above.picture, before)


def test_the_box_of_a_mark_is_where_the_camera_sees_it() -> None:
    seen_from_above = stage()
    seen_from_above.lay(marked(60, 30), square(60))
    (mark,) = seen_from_above.seen()
    # 200 cm across 200 pixels: 1 cm is 1 pixel, and the origin is the middle of 200 x 150.
    assert mark.holder == "tesmarin"
    assert mark.box == pytest.approx((85, 60, 115, 90), abs=1.0)


def test_what_is_nearer_to_the_camera_is_larger() -> None:
    seen_from_above = stage()
    seen_from_above.lay(marked(60, 30), square(60, z=50))
    (mark,) = seen_from_above.seen()
    assert mark.box == pytest.approx((70, 45, 130, 105), abs=1.5)  # half the distance, twice the size


def test_what_hides_a_mark_cuts_its_box_or_takes_it_away() -> None:
    cover = Sheet.plain(60, 60, 4.0, (10.0, 10.0, 10.0))
    half = stage()
    half.lay(marked(60, 30), square(60))
    half.lay(cover, square(60, z=0.001, x=30))  # covers x >= 0
    (mark,) = half.seen()
    assert mark.box == pytest.approx((85, 60, 100, 90), abs=1.0)
    gone = stage()
    gone.lay(marked(60, 30), square(60))
    gone.lay(cover, square(60, z=0.001, x=20))  # covers x >= -10: a sixth of the mark is left
    assert gone.seen() == []


def test_clear_tape_over_the_middle_keeps_the_box_whole() -> None:
    sheet = marked(60, 30)
    band = np.zeros(sheet.alpha.shape, np.float32)
    band[110:130] = 0.9
    sheet.cover(band[..., None] * np.full(3, 150, np.float32), band)
    seen_from_above = stage()
    seen_from_above.lay(sheet, square(60))
    (mark,) = seen_from_above.seen()
    assert mark.box == pytest.approx((85, 60, 115, 90), abs=1.0)


def test_attached_sheets_bring_their_marks_and_hide_others() -> None:
    carton = marked(60, 20, "norvelle")
    carton.attach(marked(30, 10), (30.0, 30.0), turn=90)
    covers = {mark.holder: float(mark.cover.sum()) / 4.0**2 for mark in carton.marks}  # square centimetres
    assert covers["norvelle"] == pytest.approx(0, abs=0.5)
    assert covers["tesmarin"] == pytest.approx(100, rel=0.06)


def test_a_print_turned_and_off_centre_lies_where_it_is_put() -> None:
    sheet = Sheet.plain(40, 20, 5.0, (255.0, 255.0, 255.0))
    wide = np.zeros((10, 40, 4), np.float32)
    wide[..., 3] = 1
    sheet.stamp(wide, (10.0, 10.0), 12.0, turn=90, holder="tesmarin")
    ys, xs = np.nonzero(sheet.marks[0].cover > 0.5)
    edges = np.array([xs.min(), xs.max() + 1, ys.min(), ys.max() + 1]) / 5.0
    assert edges == pytest.approx([8.5, 11.5, 4, 16], abs=0.5)  # 12 x 3 cm, upright


@pytest.mark.parametrize("turn", [0.0, 33.0, 180.0])
def test_the_sides_of_a_cuboid_face_outwards(turn: float) -> None:
    box = Cuboid(at=(3.0, -2.0), size=(10.0, 6.0, 4.0), turn=turn)
    middle = box.corners.mean(0)
    for name in ("front", "back", "left", "right", "top"):
        corners = box.side(name)
        assert (corners.mean(0) - middle) @ normal_of(corners) > 0, name
        for a, b in pairwise((*corners, corners[0])):
            assert np.linalg.norm(a - b) in (pytest.approx(10), pytest.approx(6), pytest.approx(4))


def test_a_shadow_falls_away_from_the_lamp() -> None:
    seen_from_above = stage(View(eye=ABOVE.eye, target=ABOVE.target, field=90.0, lamp=(-1.0, 0.0, 1.0)))
    seen_from_above.picture[:] = 200
    seen_from_above.throw_shadow(Cuboid(at=(0.0, 0.0), size=(20.0, 20.0, 20.0)).corners)
    row = seen_from_above.picture[75 * FINER, :, 0]
    assert row[120 * FINER] < 0.75 * 200  # 20 cm to the right, where the lamp at 45 degrees throws it
    assert row[70 * FINER] == pytest.approx(200)


def test_the_same_seed_gives_the_same_pixels_and_another_does_not(registry: Registry) -> None:
    def once(seed: int) -> np.ndarray:
        return photograph("under-tape.jpg", registry, np.random.default_rng(seed), 160).picture

    first = once(3)
    assert first.shape == (120, 160, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(once(3), first)
    assert np.abs(once(4).astype(int) - first).mean() > 1


@pytest.mark.parametrize("name", SCENES)
def test_each_photograph_shows_whole_boxes_of_recorded_marks(name: str, registry: Registry) -> None:
    shot = photograph(name, registry, np.random.default_rng(11), 320)
    assert set(shot.holders) <= registry.holders
    assert bool(shot.seen) is (name not in CLEAN)
    for mark in shot.seen:
        x1, y1, x2, y2 = mark.box
        assert 0 <= x1 < x2 <= 320
        assert 0 <= y1 < y2 <= 240
        assert max(x2 - x1, y2 - y1) * 4 >= 70  # of 1280 pixels
    assert shot.picture.std() > 15
    assert 60 < shot.picture.mean() < 200


def test_a_picture_that_is_too_large_is_compressed_until_it_fits() -> None:
    noise = np.random.default_rng(1).integers(96, 160, (700, 1000, 3)).astype(np.uint8)
    data = as_jpeg(noise)
    plain_quality = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].size
    assert len(data) <= MOST_BYTES < plain_quality


def test_the_command_writes_an_evaluation_set(tmp_path: Path) -> None:
    options = ["--registry", str(SAMPLES / "registry.csv"), "--out", str(tmp_path), "--width", "160", "--seed", "5"]
    assert main(options) == 0
    pictures = read_evaluation_set(tmp_path).pictures
    assert {p.name: sorted(p.marks) for p in pictures} == json.loads((tmp_path / "expected.json").read_text())
    assert {p.name for p in pictures if not p.marks} == CLEAN


def test_no_photographs_are_an_empty_set() -> None:
    assert annotations({}) == {"images": [], "annotations": [], "categories": []}


def test_the_samples_in_the_repository_are_sound_and_small(registry: Registry) -> None:
    pictures = read_evaluation_set(PARCELS).pictures
    assert [p.name for p in pictures] == list(SCENES)
    assert {p.name: sorted(p.marks) for p in pictures} == json.loads((PARCELS / "expected.json").read_text())
    assert {p.name for p in pictures if not p.marks} == CLEAN
    for picture in pictures:
        assert picture.marks <= registry.holders
        assert cv2.imread(str(picture.path)).shape == (picture.height, picture.width, 3) == (960, 1280, 3)
        assert picture.path.stat().st_size <= MOST_BYTES
        assert all(box.size >= 60 for box in picture.boxes)
    # half a MiB more than photographs alone: two of the parcels have a scan of 16 bits in two energies
    assert sum(f.stat().st_size for f in SAMPLES.rglob("*") if f.is_file()) < 2.5 * 2**20


def test_lots_are_parcels_with_marks_by_lot(tmp_path: Path) -> None:
    """The same seed gives the same parcels; what is annotated is on them, and some have nothing."""
    for folder in ("one", "two"):
        assert (
            main(
                [
                    "--registry",
                    str(SAMPLES / "registry.csv"),
                    "--out",
                    str(tmp_path / folder),
                    "--lots",
                    "4",
                    "--seed",
                    "3",
                ]
            )
            == 0
        )
    first, second = (read_evaluation_set(tmp_path / folder) for folder in ("one", "two"))
    assert len(first.pictures) == 4
    assert [picture.boxes for picture in first.pictures] == [picture.boxes for picture in second.pictures]
    pairs = zip(first.pictures, second.pictures, strict=True)
    assert all(one.path.read_bytes() == other.path.read_bytes() for one, other in pairs)
    assert any(picture.marks for picture in first.pictures)
