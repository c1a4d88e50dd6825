"""From pictures to the report, with a fake pipeline whose every answer is known: a picture's colours are its marks."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from datasets.evaluation_set import AnnotatedBox, BadEvaluationSet, Picture
from inference.artwork.embedding import ArtworkEmbedder
from inference.artwork.filling import fill_gallery
from inference.artwork.table import ArtworkRow
from inference.errors import BadArtwork, BrokenImage
from inference.vocabulary import Boxes, Detection, Finding, Image, Mark, Match, Scores, Vectors, Verdict
from tests.fakes import RecordingGallery
from training.evaluation.observing import Observer, clean_pictures
from training.evaluation.report import as_json, as_table, measure
from training.evaluation.timing import Machine

RED, GREEN, BLUE = (np.eye(3, dtype=np.float32)[i] for i in range(3))


@dataclass
class FakeHit:
    mark: Mark
    similarity: float


class FakeGallery(RecordingGallery):
    """A gallery of unit vectors, searched by their product; one hit per right holder."""

    def search(self, queries: Vectors, k: int) -> list[list[FakeHit]]:
        rows = []
        for query in queries:
            best: dict[str, FakeHit] = {}
            for mark, vectors, _ in self.entries:
                hit = FakeHit(mark, float((vectors @ query).max()))
                if mark.holder not in best or hit.similarity > best[mark.holder].similarity:
                    best[mark.holder] = hit
            rows.append(sorted(best.values(), key=lambda hit: -hit.similarity)[:k])
        return rows


@dataclass
class FakeEmbedder:
    """The mean colour of a box, as a vector of length 1."""

    sha256: str = "0" * 64

    def embed(self, image: Image, boxes: Boxes) -> Vectors:
        rows = [image[int(y1) : int(y2), int(x1) : int(x2)].mean((0, 1)) for x1, y1, x2, y2 in boxes]
        vectors = np.array(rows, np.float32).reshape(-1, 3)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_artwork(self, artwork: np.ndarray) -> Vectors:
        return self.embed(artwork[..., :3], np.array([[0, 0, *artwork.shape[1::-1]]], np.float32))


class FakeDetector:
    """The left half and the right half of each picture."""

    def detect(self, image: Image) -> tuple[Boxes, Scores]:
        height, width = image.shape[:2]
        halves = [[0, 0, width // 2, height], [width // 2, 0, width, height]]
        return np.array(halves, np.float32), np.array([0.9, 0.8], np.float32)


@dataclass
class FakeInspector:
    """Detect, embed, search; the score is the similarity."""

    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    detector: FakeDetector = field(default_factory=FakeDetector)
    gallery: FakeGallery = field(default_factory=FakeGallery)
    threshold: float = 0.5

    def inspect(self, image: Image) -> Verdict:
        boxes, scores = self.detector.detect(image)
        findings = []
        hits_of_all = self.gallery.search(self.embedder.embed(image, boxes), 3)
        for box, score, hits in zip(boxes.tolist(), scores.tolist(), hits_of_all, strict=True):
            matches = tuple(
                Match(mark=h.mark, reference="r", similarity=h.similarity, score=min(1.0, h.similarity)) for h in hits
            )
            findings.append(Finding(detection=Detection(box=tuple(box), score=score), matches=matches))
        return Verdict(decision="pass", suspicions=(), findings=tuple(findings), threshold=self.threshold)

    def recognise(self, image: Image, boxes: Boxes, k: int) -> list[list[FakeHit]]:
        return self.gallery.search(self.embedder.embed(image, boxes), k)


def decode(data: bytes) -> Image:
    """Two bytes: the digits of the left and of the right half's colour; 3 is grey."""
    if data == b"broken":
        raise BrokenImage("the picture ends early")
    image = np.zeros((40, 80, 3), np.uint8)
    for half, digit in enumerate(data.decode()):
        image[:, half * 40 : half * 40 + 40] = 100 if digit == "3" else 200 * np.eye(3)[int(digit)]
    return image


def rasterise(data: bytes, *, name: str) -> np.ndarray:
    if data == b"unusable":
        raise BadArtwork(f"{name} cannot be drawn")
    return np.dstack([decode(data), np.full((40, 80), 255, np.uint8)])


@pytest.fixture
def rows(tmp_path: Path) -> list[ArtworkRow]:
    content = {"red": b"00", "red2": b"00", "green": b"11", "unreadable": b"unusable"}
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    files = (("red", "red"), ("red", "red2"), ("green", "green"), ("lost", "unreadable"))
    return [
        ArtworkRow(line=line, mark_id=mark, title=mark, holder=f"{mark}-holder", file=tmp_path / file)
        for line, (mark, file) in enumerate(files, start=2)
    ]


def filled(rows: list[ArtworkRow], folder: Path) -> tuple[FakeInspector, frozenset[str]]:
    inspector = FakeInspector()
    fill_gallery(rows, inspector.gallery, ArtworkEmbedder.remembering(inspector.embedder, folder, rasterise))
    return inspector, frozenset(row.holder for row in rows)


def picture(folder: Path, data: bytes, *holders: str | None, complete: bool = True, width: int = 80) -> Picture:
    """A picture whose left and right halves are marks of these right holders."""
    path = folder / f"{data.decode()}.jpg"
    path.write_bytes(data)
    boxes = tuple(
        AnnotatedBox(annotation_id=i, holder=holder, box=(i * 40.0, 0.0, i * 40.0 + 40, 40.0))
        for i, holder in enumerate(holders)
        if holder
    )
    marks = frozenset(h for h in holders if h)
    return Picture(name=path.name, path=path, width=width, height=40, marks=marks, boxes_complete=complete, boxes=boxes)


def test_a_broken_picture_is_named(rows: list[ArtworkRow], tmp_path: Path) -> None:
    inspector, registered = filled(rows, tmp_path / "cache")
    with pytest.raises(BadEvaluationSet, match=r"broken\.jpg.*ends early"):
        Observer(inspector, decode, registered).picture(picture(tmp_path, b"broken"))


def test_a_picture_of_another_size_than_annotated_is_named(rows: list[ArtworkRow], tmp_path: Path) -> None:
    inspector, registered = filled(rows, tmp_path / "cache")
    with pytest.raises(BadEvaluationSet, match="says 99x40, the picture is 80x40"):
        Observer(inspector, decode, registered).picture(picture(tmp_path, b"01", width=99))


def test_a_folder_without_clean_pictures_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(BadEvaluationSet, match="no clean pictures here"):
        clean_pictures(tmp_path)


def test_clean_pictures_are_found_in_order_whatever_their_case(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.PNG", "a.jpeg", "c.webp", "d.txt"):
        (tmp_path / name).touch()
    assert [p.name for p in clean_pictures(tmp_path)] == ["a.jpeg", "2.PNG", "c.webp"]


def test_a_holder_that_is_not_registered_counts_for_detection_only(rows: list[ArtworkRow], tmp_path: Path) -> None:
    inspector, registered = filled(rows, tmp_path / "cache")
    seen = Observer(inspector, decode, registered).picture(picture(tmp_path, b"20", "blue-holder", "red-holder"))
    assert [crop.holder for crop in seen.crops] == ["red-holder"]
    tree = measure([seen], [], registered=registered, threshold=0.5, machine=Machine(name="m", provider="p"))
    assert tree["crops"]["top1"].n == 1
    assert tree["photos"]["recall"].n == 1
    assert tree["detection"]["recall20"].n == 2


def test_the_whole_report_by_hand(rows: list[ArtworkRow], tmp_path: Path) -> None:
    inspector, registered = filled(rows, tmp_path / "cache")
    observer = Observer(inspector, decode, registered)
    observations = [
        observer.picture(picture(tmp_path, b"01", "red-holder", "green-holder")),  # both found
        observer.picture(picture(tmp_path, b"10", "red-holder", None)),  # green where red is annotated; red beside it
        observer.picture(picture(tmp_path, b"13", "lost-holder", None, complete=False)),  # no artwork: a miss
        observer.picture(picture(tmp_path, b"22")),  # clean: blue, like nothing
    ]
    grey = tmp_path / "33.jpg"
    grey.write_bytes(b"33")
    clean = [observer.clean(grey)]  # grey is like red and like green: 1 / sqrt(3) = .577
    machine = Machine(name="m", provider="p")
    tree = as_json(measure(observations, clean, registered=registered, threshold=0.6, machine=machine))

    assert list(tree) == ["crops", "detection", "photos", "ece", "ms"]
    # 4 boxes, 40 px each: right, right, wrong (green), wrong (lost)
    assert tree["crops"]["top1"]["value"] == 0.5
    assert tree["crops"]["by_size"]["32_64"]["top1"]["n"] == 4
    assert tree["crops"]["by_size"]["lt32"]["top10"] == {"value": None, "n": 0, "low": None, "high": None}
    assert tree["crops"]["top10"]["value"] == 0.75  # red is second best on green
    # 3 boxes on complete pictures, all found. Detections: .9 x3 (right, right, wrong), .8 x3 (right, wrong, wrong):
    # in order R R W R W W: precision 1, 1, 2/3, 3/4: AP = (1 + 1 + 3/4) / 3 = 11/12
    assert tree["detection"]["recall20"]["value"] == 1.0
    assert tree["detection"]["ap50"]["value"] == pytest.approx(11 / 12)
    # Clean: blue 0.0, grey .577; both below .6. Pairs: red, green on 1; red on 2 (its right half); lost on 3: 3 of 4.
    assert tree["photos"]["fpir"] == pytest.approx({"value": 0.0, "n": 2, "low": 0.0, "high": 0.657620}, abs=1e-6)
    assert tree["photos"]["recall"]["value"] == 0.75
    # Wrong at .6: green on 2, green on 3: 2 alerts on 5 pictures.
    assert tree["photos"]["wrong"]["value"] == pytest.approx(0.4)
    # 10 % of 2 allows none: just above .577
    assert tree["photos"]["recall_at_fpir10"]["value"] == 0.75
    assert tree["photos"]["thresholds"]["fpir10"] == pytest.approx(3**-0.5, abs=1e-6)
    assert "recall_at_fpir01" not in tree["photos"]
    # Candidates on complete pictures, (score, right): (1, y) (1, y) (1, n) (1, n: red beside its box) (0, n) (0, n).
    # Equal scores share: ones 2/4 right. Six bins of one: 4 x |.5 - 1| + 2 x 0 = 2, over 6 = 1/3
    assert tree["ece"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert tree["ece"]["n"] == 6
    assert tree["ms"]["median"]["n"] == 4
    assert tree["ms"]["median"]["value"] > 0
    assert (tree["ms"]["machine"], tree["ms"]["provider"]) == ("m", "p")


def test_the_report_is_json_without_nan(tmp_path: Path) -> None:
    inspector = FakeInspector()
    seen = Observer(inspector, decode, frozenset()).picture(picture(tmp_path, b"22"))
    tree = measure([seen], [], registered=frozenset(), threshold=0.5, machine=Machine(name="m", provider="p"))
    again = json.loads(json.dumps(as_json(tree), allow_nan=False))
    assert again["crops"]["top1"]["value"] is None
    assert again["ece"]["value"] is None
    assert again["detection"]["ap50"]["value"] is None


def test_the_table_has_a_row_per_figure(tmp_path: Path) -> None:
    inspector = FakeInspector()
    seen = Observer(inspector, decode, frozenset()).picture(picture(tmp_path, b"22"))
    tree = measure([seen], [], registered=frozenset(), threshold=0.5, machine=Machine(name="m", provider="p"))
    table = as_table(tree)
    names = list(table.columns[0].cells)
    assert names[:3] == ["crops.top1", "crops.top10", "crops.by_size.lt32.top1"]
    assert names[-3:] == ["ece", "ms.median", "ms.p95"]
    assert "ms.machine: m" in str(table.caption)
