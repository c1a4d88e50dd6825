"""Things, how they lie, and whether their marks could be seen: mass is kept, boxes are where marks are."""

import numpy as np
import pytest

from datasets.xray.bodies import Body, Marked, Sketch, domed, rim
from datasets.xray.contents import ALL, any_content
from datasets.xray.marks import FORMS, MAKERS, marked_body
from datasets.xray.materials import MATERIALS
from datasets.xray.placing import Belt, Pose
from datasets.xray.reliefs import cut, footprint
from datasets.xray.scanners import TRAINED
from datasets.xray.visibility import contrast_to_noise

FLAT = np.full((40, 60), 255, np.uint8)
FLAT[10:30, 15:30] = 0  # a ring with a hole that is not in its middle


def body(relief: np.ndarray | None = None) -> Body:
    layer = np.zeros((41, 61), np.float32)
    layer[10:31, 10:51] = 0.8
    own = layer if relief is None else relief
    mark = Marked(row=7, form="emblem", material="steel", footprint=(own > 0).astype(np.float32), relief=own)
    return Body(layers={"steel": layer}, depth=2.0, marks=(mark,))


def test_a_sketch_is_in_millimetres() -> None:
    sketch = Sketch(width=60, height=40, pitch=0.5)
    assert sketch.shape == (80, 120)
    sketch.add("steel", sketch.box(0, 0, 20, 10) * np.float32(2))
    mass = float(sketch.layers["steel"].sum()) * 0.05**2  # g
    # OpenCV fills half a pixel more on each side
    assert mass == pytest.approx(2.05 * 1.05 * 0.2 * MATERIALS["steel"].density, rel=0.03)
    assert float(sketch.ellipse(0, 0, 10, 10).sum()) * 0.25 == pytest.approx(np.pi * 10.25**2, rel=0.02)
    assert float(sketch.tube(0, 0, 40, 10).max()) == pytest.approx(20, rel=0.02)
    wall = sketch.tube(0, 0, 40, 10, 2)
    assert float(wall[40, 60]) == pytest.approx(4, rel=0.05)


def test_rims_and_domes_stay_within_their_mask() -> None:
    sketch = Sketch(width=60, height=40, pitch=0.5)
    mask = sketch.box(0, 0, 30, 20)
    edge, dome = rim(mask, 3, 0.5), domed(mask, 4, 0.5)
    assert edge[40, 60] == 0
    assert edge[21, 60] > 0.5
    assert dome.max() <= 1
    assert dome[40, 60] > dome[22, 60] > 0
    assert not dome[mask == 0].any()


@pytest.mark.parametrize(
    "pose", [Pose(centre=(80, 60)), Pose(centre=(80, 60), angle=33), Pose(centre=(80, 60), mirrored=True, tilt=40)]
)
def test_mass_is_kept_however_a_thing_lies(pose: Pose) -> None:
    belt = Belt(shape=(120, 160))
    thing = body()
    belt.lay(thing, pose)
    assert float(belt.maps["steel"].sum()) == pytest.approx(float(thing.layers["steel"].sum()), rel=0.03)


def test_a_view_from_the_side_foreshortens_and_keeps_mass() -> None:
    belt, flat = Belt(shape=(120, 200)), Belt(shape=(120, 200))
    belt.lay(body(), Pose(centre=(100, 60), view=60, smear=9))
    flat.lay(body(), Pose(centre=(100, 60)))
    assert float(belt.maps["steel"].sum()) == pytest.approx(float(flat.maps["steel"].sum()), rel=0.03)
    width = lambda own: int((own.maps["steel"].max(0) > 0.05).sum())  # noqa: E731 - a word for it
    assert width(belt) < 0.8 * width(flat)


def test_the_box_of_a_mark_is_where_it_is_seen() -> None:
    belt = Belt(shape=(120, 160))
    belt.lay(body(), Pose(centre=(80, 60)))
    (mark,) = belt.marks
    rows, columns = np.nonzero(belt.maps["steel"] > 0.4)
    assert np.abs(mark.box - [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).max() <= 1
    assert mark.row == 7
    turned = Belt(shape=(120, 160))
    turned.lay(body(), Pose(centre=(80, 60), angle=90))
    w, h = mark.box[2] - mark.box[0], mark.box[3] - mark.box[1]
    x1, y1, x2, y2 = turned.marks[0].box
    assert (x2 - x1, y2 - y1) == (pytest.approx(h, abs=1.5), pytest.approx(w, abs=1.5))


def test_what_lies_outside_is_lost_without_an_error() -> None:
    belt = Belt(shape=(120, 160))
    belt.lay(body(), Pose(centre=(900, 60)))
    assert belt.marks == []
    belt.lay(body(), Pose(centre=(158, 60)))
    assert float(belt.maps["steel"].sum()) < float(body().layers["steel"].sum())


def test_every_content_can_be_made_and_attenuates_like_goods() -> None:
    rng = np.random.default_rng(1)
    for maker, _ in ALL:
        for _ in range(3):
            made = maker(rng, 0.8)
            shapes = {layer.shape for layer in made.layers.values()}
            assert len(shapes) == 1
            for name, layer in made.layers.items():
                assert layer.dtype == np.float32, name
                assert np.isfinite(layer).all()
                assert layer.min() >= -1e-4, f"{maker.__name__}: {name} is less than nothing"
                assert layer.max() < 40, f"{maker.__name__}: {name} is denser than any parcel"
            assert made.marks == ()
    assert any_content(rng, 0.6).depth > 0


@pytest.mark.parametrize("maker", [maker for maker, _, _ in MAKERS])
def test_every_marked_thing_bears_its_mark(maker: object) -> None:
    rng = np.random.default_rng(2)
    for _ in range(6):
        heights = cut(rng, FLAT, 60)
        made = maker(rng, 3, heights, 0.6)  # type: ignore[operator]
        (mark,) = made.marks
        assert mark.form in FORMS
        assert mark.row == 3
        assert mark.material in made.layers
        layer = made.layers[mark.material]
        assert layer.shape == mark.relief.shape == mark.footprint.shape
        assert layer.min() >= -1e-4
        inside, outside = mark.relief[mark.footprint > 0], mark.relief[mark.footprint == 0]
        assert np.abs(inside).max() > 0
        assert np.abs(outside).max(initial=0) <= np.abs(inside).max() * 0.8


def test_marks_have_the_size_that_is_asked_for() -> None:
    rng = np.random.default_rng(3)
    for longest in (24.0, 80.0, 150.0):
        mark = marked_body(rng, 0, FLAT, 0.6, longest).marks[0]
        rows, columns = np.nonzero(mark.footprint)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(longest, abs=8)


def test_a_footprint_encloses_its_mark() -> None:
    heights = cut(np.random.default_rng(0), FLAT, 80)
    mask = footprint(heights)
    assert mask[heights > 0.3].all()


def test_thin_relief_is_seen_worse_and_none_not_at_all() -> None:
    response = TRAINED[0].response().binned(8)
    found = []
    for share in (1.0, 0.1, 0.0):
        own = body()
        relief = own.layers["steel"] * np.float32(share)
        relief[:, ::4] = 0  # stripes
        marked = body(relief)
        belt = Belt(shape=(80, 100))
        belt.lay(marked, Pose(centre=(50, 40)))
        found.append(contrast_to_noise(response, belt, belt.marks[0]) if belt.marks else 0.0)
    assert found[0] > 5 * found[1] > 0
    assert found[2] == 0
