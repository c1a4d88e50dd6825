"""The peer without learning: votes by hand, and real drawings found again in photographs of them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import Rgba
from inference.artwork.table import ArtworkRow
from inference.errors import BadArtwork
from training.peers.sift import Sift, count_votes, distinct_pairs
from training.peers.sift_index import KEPT, Features, SiftIndex, build_index, describe, remembered_index


def drawing(seed: int) -> Rgba:
    """Black shapes on nothing, with corners to hold on to: (200, 256, 4)."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((200, 256, 4), np.uint8)
    for _ in range(14):
        corners = rng.integers((10, 10), (246, 190), (3, 2)).astype(np.int32)
        cv2.fillPoly(picture, [corners], (*rng.integers(0, 255, 3).tolist(), 255))
    return picture


def rasterise(data: bytes, *, name: str) -> Rgba:
    if data == b"broken":
        raise BadArtwork(f"{name} cannot be drawn")
    return np.full((50, 50, 4), 255, np.uint8) if data == b"plain" else drawing(int(data))


@pytest.fixture
def rows(tmp_path: Path) -> list[ArtworkRow]:
    made = []
    for line, data in enumerate((b"1", b"2", b"3", b"broken", b"plain"), start=2):
        file = tmp_path / f"{data.decode()}.svg"
        file.write_bytes(data)
        made.append(ArtworkRow(line=line, mark_id=file.stem, title="t", holder=f"holder {file.stem}", file=file))
    return made


def rasters(tmp_path: Path) -> RasterCache:
    return RasterCache(tmp_path / "cache", rasterise)


def photographed(seed: int) -> np.ndarray:
    """The drawing turned and made smaller on a grey photograph (300, 400, 3), around (200, 150)."""
    picture = drawing(seed)
    alpha = picture[..., 3:] / 255
    flat = (picture[..., :3] * alpha + 200 * (1 - alpha)).astype(np.uint8)
    turn = cv2.getRotationMatrix2D((128, 100), 12, 0.8)
    turn[:, 2] += (72, 50)
    return np.asarray(cv2.warpAffine(flat, turn, (400, 300), borderValue=(200, 200, 200)), np.uint8)


def table(*values: tuple[int, ...]) -> np.ndarray:
    return np.array(values, np.int64)


def test_votes_by_hand() -> None:
    votes = count_votes(
        views=table((0, 1, 2), (2, 0, 1), (0, 2, 1), (0, 0, 1)),
        holders=table((7, 7, 8), (8, 7, 7), (7, 8, 7), (7, 7, 7)),
        distances=np.array([(1.0, 2.0, 4.0), (1.0, 1.1, 9.0), (0.0, 0.0, 9.0), (3.0, 3.0, 3.0)]),
        count=4,
    )
    # 1st: 1 < 0.8 x 4: both views of 7. 2nd: 1 is no less than 0.8 x 1.1. 3rd: 0 is no less than 0.
    # 4th: no stranger among the neighbours: each of its views once.
    assert votes.tolist() == [2, 2, 0, 0]


def test_pairs_need_a_clearly_best_partner() -> None:
    filed = np.zeros((2, 128), np.uint8)
    filed[1, 0] = 100
    seen = np.zeros((3, 128), np.uint8)
    seen[0, 0], seen[1, 1], seen[2, 1] = 95, 40, 41
    # filed 0 is 40 and 41 away from two: not clear; filed 1 is 5 away from the first, 108 from the next
    assert distinct_pairs(filed, seen).tolist() == [[1, 0]]
    assert distinct_pairs(filed, seen[:1]).shape == (0, 2)  # no next one to compare with
    assert distinct_pairs(filed[:0], seen).shape == (0, 2)


def test_a_plain_picture_has_no_features() -> None:
    assert len(describe(np.full((1, 1, 3), 7, np.uint8), most=5)) == 0
    assert len(describe(np.full((100, 100, 3), 7, np.uint8), most=5)) == 0


def test_the_strongest_features_are_kept() -> None:
    picture = photographed(1)
    few, many = describe(picture, most=3), describe(picture, most=10_000)
    assert len(few) == 3
    assert len(many) > 3
    assert (many.places[:3] == few.places).all()


def test_drawings_are_found_again(rows: list[ArtworkRow], tmp_path: Path) -> None:
    peer = Sift(build_index(rows, rasters(tmp_path), lambda: None))
    for seed in (1, 2, 3):
        assert peer.recognise(photographed(seed))[0] == f"holder {seed}"
        (ranking,) = peer.rank(photographed(seed), np.array([[85, 60, 315, 240]], np.float32))
        assert ranking[0] == f"holder {seed}"


def test_what_shows_nothing_is_like_nothing(rows: list[ArtworkRow], tmp_path: Path) -> None:
    peer = Sift(build_index(rows, rasters(tmp_path), lambda: None))
    grey = np.full((80, 90, 3), 128, np.uint8)
    assert peer.recognise(grey) == ()
    assert peer.rank(grey, np.zeros((0, 4), np.float32)) == []
    assert peer.rank(grey, np.array([[500, 500, 500, 500]], np.float32)) == [()]


def test_a_registry_without_features_recognises_nothing(rows: list[ArtworkRow], tmp_path: Path) -> None:
    nothing = Features(places=np.zeros((0, 2), np.float32), descriptors=np.zeros((0, 128), np.uint8))
    blank = SiftIndex(features=nothing, starts=np.array([0, 0]), holders=np.array(["a"]))
    broken = build_index(rows[3:4], rasters(tmp_path), lambda: None)
    for index in (blank, broken, build_index([], rasters(tmp_path), lambda: None)):
        assert Sift(index).recognise(photographed(1)) == ()


def test_each_row_is_a_step_and_views_belong_to_their_holders(rows: list[ArtworkRow], tmp_path: Path) -> None:
    steps: list[int] = []
    index = build_index(rows, rasters(tmp_path), lambda: steps.append(1))
    assert len(steps) == 5
    assert [index.holder_of(view) for view in range(len(index))] == [
        f"holder {name}" for name in ("1", "1", "2", "2", "3", "3", "plain", "plain")
    ]
    assert all(len(index.features_of(view)) <= KEPT for view in range(len(index)))
    assert (np.bincount(index.view_of, minlength=len(index)) == np.diff(index.starts)).all()


def test_an_index_is_remembered_until_the_artwork_changes(
    rows: list[ArtworkRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, steps = tmp_path / "kept", []
    first = remembered_index(rows, rasters(tmp_path), folder, lambda: steps.append(1))
    again = remembered_index(rows, rasters(tmp_path), folder, lambda: pytest.fail("built again"))
    assert (again.features.descriptors == first.features.descriptors).all()
    assert (again.starts == first.starts).all()
    assert (again.holders == first.holders).all()
    rows[0].file.write_bytes(b"9")
    remembered_index(rows, rasters(tmp_path), folder, lambda: steps.append(1))
    assert len(steps) == 10


def test_a_damaged_file_is_built_anew(rows: list[ArtworkRow], tmp_path: Path) -> None:
    folder, steps = tmp_path / "kept", []
    remembered_index(rows, rasters(tmp_path), folder, lambda: None)
    (file,) = folder.glob("sift-*.npz")
    file.write_bytes(file.read_bytes()[:100])
    remembered_index(rows, rasters(tmp_path), folder, lambda: steps.append(1))
    assert len(steps) == 5


def test_shapes_are_checked() -> None:
    places, descriptors = np.zeros((2, 2), np.float32), np.zeros((3, 128), np.uint8)
    with pytest.raises(ValueError, match="expected"):
        Features(places=places, descriptors=descriptors)
    features = Features(places=places, descriptors=descriptors[:2])
    with pytest.raises(ValueError, match="views need"):
        SiftIndex(features=features, starts=np.array([0, 1]), holders=np.array(["a"]))
