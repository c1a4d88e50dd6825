"""The whole way of one photograph, with sessions that find and tell apart plain colours instead of networks."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.beside import Beside
from inference.calibration import Calibration, SecondLook
from inference.detector import Detector
from inference.embedder import Embedder
from inference.errors import BadBundle
from inference.fitting import MOST, Fits
from inference.gallery import Gallery, Hit
from inference.inspector import CANDIDATES, Inspector, Reads, load_inspector, promising
from inference.lines import Lines
from inference.reader import CLOSER, QUICK, THOROUGH, Limits
from inference.vocabulary import Boxes, Image, Mark, Reading

SIDE = 64
RED, GREEN, BLUE, YELLOW, WHITE = (250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10), (250, 250, 250)
CALIBRATION = Calibration(intercept=-19.0, similarity=20.0)  # similarity 0.95 is an even chance


class Blocks:
    """Finds each quarter of the square that is not black; the score falls from the first to the last."""

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        half = SIDE // 2
        corners = [(0, 0), (half, 0), (0, half), (half, half)]
        seen = [(x, y) for x, y in corners if pictures[0, y : y + half, x : x + half].max() > 128]
        boxes = np.array([(x + 4, y + 4, x + half - 4, y + half - 4) for x, y in seen], np.float32).reshape(-1, 4)
        return [boxes, np.array([0.9 - 0.2 * i for i in range(len(seen))], np.float32)]


class Colours:
    """The mean colour as a vector of length 1."""

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        means = pictures.reshape(len(pictures), -1, 3).mean(1, dtype=np.float64) + 1  # (n, 3)
        return [(means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)]


def direction(colour: tuple[int, int, int]) -> NDArray[np.float32]:
    vector = np.array(colour, np.float64) + 1
    return (vector / np.linalg.norm(vector)).astype(np.float32)[None]


def inspector(*marks: tuple[str, tuple[int, int, int]], threshold: float = 0.5) -> Inspector:
    gallery = Gallery(3)
    for name, colour in marks:
        gallery.add(Mark(mark_id=name, title=name.title(), holder=f"{name} plc"), direction(colour), [f"ref-{name}"])
    return Inspector(
        detector=Detector(Blocks(), side=SIDE, least=0.0, most=20, sha256="d" * 64),
        embedder=Embedder(Colours(), side=8, dimension=3, sha256="e" * 64),
        gallery=gallery,
        calibration=CALIBRATION,
        threshold=threshold,
    )


def photograph(*colours: tuple[int, int, int]) -> Image:
    """Up to four coloured quarters of a SIDE x SIDE picture; the rest is black."""
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    half = SIDE // 2
    for (y, x), colour in zip([(0, 0), (0, half), (half, 0), (half, half)], colours, strict=False):
        image[y : y + half, x : x + half] = colour
    return image


ALL = (("red", RED), ("green", GREEN), ("blue", BLUE), ("yellow", YELLOW), ("white", WHITE))


def test_findings_are_in_the_order_of_detection_and_know_their_marks() -> None:
    verdict = inspector(*ALL).inspect(photograph(BLUE, RED, GREEN))
    assert [finding.matches[0].mark.mark_id for finding in verdict.findings] == ["blue", "red", "green"]
    assert [finding.detection.score for finding in verdict.findings] == pytest.approx([0.9, 0.7, 0.5])
    assert verdict.findings[1].detection.box == (36, 4, 60, 28)
    assert verdict.findings[0].matches[0].reference == "ref-blue"


def test_each_finding_has_its_best_right_holders_best_first() -> None:
    (finding,) = inspector(*ALL).inspect(photograph(RED)).findings
    assert len(finding.matches) == CANDIDATES
    similarities = [match.similarity for match in finding.matches]
    expected = sorted((float(direction(RED)[0] @ direction(colour)[0]) for _, colour in ALL), reverse=True)
    assert similarities == pytest.approx(expected[:CANDIDATES], abs=1e-4)
    assert len({match.mark.holder for match in finding.matches}) == CANDIDATES


def test_scores_are_the_calibrations() -> None:
    (finding,) = inspector(*ALL).inspect(photograph(YELLOW)).findings
    for match in finding.matches:
        assert match.score == pytest.approx(1 / (1 + np.exp(19.0 - 20.0 * match.similarity)), abs=1e-6)


def test_what_is_recorded_diverts_and_what_is_not_passes() -> None:
    judge = inspector(("red", RED))
    assert judge.inspect(photograph(RED)).decision == "divert"
    verdict = judge.inspect(photograph(BLUE))
    assert verdict.decision == "pass"
    assert verdict.suspicions == ()
    assert len(verdict.findings) == 1


def test_one_suspicion_per_right_holder_strongest_first() -> None:
    verdict = inspector(("red", RED), ("blue", BLUE)).inspect(photograph(RED, (250, 60, 60), BLUE))
    assert [suspicion.mark.mark_id for suspicion in verdict.suspicions] == ["red", "blue"]


def test_a_higher_threshold_lets_pass_and_is_stated() -> None:
    marks = ("red", RED)
    similar = photograph((250, 90, 30))
    score = inspector(marks).inspect(similar).findings[0].matches[0].score
    assert 0.2 < score < 0.8
    below, above = (inspector(marks, threshold=score + step).inspect(similar) for step in (-0.05, 0.05))
    assert (below.decision, above.decision) == ("divert", "pass")
    assert above.threshold == pytest.approx(score + 0.05)


def test_boxes_far_weaker_than_the_best_are_not_looked_at() -> None:
    boxes = np.arange(16, dtype=np.float32).reshape(4, 4)
    kept, scores = promising(boxes, np.array([0.8, 0.4, 0.17, 0.15], np.float32))
    assert scores.tolist() == pytest.approx([0.8, 0.4, 0.17])
    np.testing.assert_array_equal(kept, boxes[:3])
    none, nothing = promising(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    assert (none.shape, nothing.shape) == ((0, 4), (0,))


def test_what_is_not_promising_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.inspector.PROMISING", 0.6)
    findings = inspector(*ALL).inspect(photograph(BLUE, RED, GREEN)).findings  # scored 0.9, 0.7, 0.5
    assert [finding.matches[0].mark.mark_id for finding in findings] == ["blue", "red"]


def test_an_empty_gallery_finds_but_suspects_nothing() -> None:
    verdict = inspector().inspect(photograph(RED, GREEN))
    assert verdict.decision == "pass"
    assert [finding.matches for finding in verdict.findings] == [(), ()]


def test_an_image_without_marks_has_no_findings() -> None:
    verdict = inspector(*ALL).inspect(photograph())
    assert (verdict.decision, verdict.findings, verdict.suspicions) == ("pass", (), ())


def test_a_mark_recorded_meanwhile_is_matched_at_once() -> None:
    judge = inspector(("red", RED))
    assert judge.inspect(photograph(BLUE)).decision == "pass"
    judge.gallery.add(Mark(mark_id="blue", title="Blue", holder="blue plc"), direction(BLUE), ["ref"])
    assert judge.inspect(photograph(BLUE)).decision == "divert"
    judge.gallery.remove("blue")
    assert judge.inspect(photograph(BLUE)).decision == "pass"


def test_models_and_the_milliseconds_of_each_step_are_stated() -> None:
    verdict = inspector(*ALL).inspect(photograph(RED))
    assert verdict.models == {"detector": "d" * 64, "embedder": "e" * 64}
    assert set(verdict.milliseconds) == {"detect", "embed", "read", "match", "settle"}
    assert all(0 <= time < 10_000 for time in verdict.milliseconds.values())


def test_with_artwork_at_hand_suspicions_are_compared_and_scores_stay() -> None:
    plain, comparing = inspector(*ALL), inspector(*ALL)
    asked: list[str] = []

    def artworks(reference: str) -> NDArray[np.uint8]:
        asked.append(reference)
        return np.full((20, 20, 4), 255, np.uint8)

    comparing.artworks = artworks
    before, after = plain.inspect(photograph(RED, GREEN)), comparing.inspect(photograph(RED, GREEN))
    assert sorted(asked) == ["ref-green", "ref-red"]
    assert [item.score for item in after.suspicions] == [item.score for item in before.suspicions]
    assert [item.reasons[-1].code for item in after.suspicions] == ["cannot_tell", "cannot_tell"]
    assert set(after.milliseconds) == {"detect", "embed", "read", "match", "settle", "explain"}
    asked.clear()
    comparing.inspect(photograph())
    assert asked == []  # nothing is suspected, nothing is compared


def equipped(
    judge: Inspector,
    *,
    calibration: Calibration = CALIBRATION,
    reader: Reads | None = None,
    fitter: Fits | None = None,
    second_look: SecondLook | None = None,
    cores: int = 1,
) -> Inspector:
    """The same inspector with a reader or a fitter."""
    return Inspector(
        detector=judge.detector,
        embedder=judge.embedder,
        gallery=judge.gallery,
        calibration=calibration,
        threshold=0.5,
        reader=reader,
        fitter=fitter,
        second_look=second_look,
        cores=cores,
    )


class Lettering:
    """Reads "Green" in every box but the first."""

    sha256 = {"reader": "a" * 64}

    def find(self, image: Image) -> Lines:
        return Lines(quads=np.ones((1, 4, 2), np.float32), chances=np.ones((4, 4), np.float32))

    def read(
        self, image: Image, boxes: Boxes, limits: Limits = QUICK, found: Lines | None = None
    ) -> list[tuple[Reading, ...]]:
        assert (found is None) == (limits == THOROUGH)  # what was found while detecting is handed on
        return [(Reading(text="GREEN", confidence=1.0),) if row else () for row in range(len(boxes))]


@pytest.mark.parametrize("cores", [1, 2])
def test_what_is_read_counts_in_the_search_and_is_told_with_the_finding(cores: int) -> None:
    judge = inspector(*ALL)
    calibration = Calibration(intercept=-19.0, similarity=20.0, wording=30.0)
    reading = equipped(judge, calibration=calibration, reader=Lettering(), cores=cores)
    photo = photograph(RED, YELLOW)  # a yellow thing that says "green" is nearer to green than to yellow
    first, second = reading.inspect(photo).findings
    assert (first.readings, first.matches[0].mark.mark_id) == ((), "red")
    assert second.readings == (Reading(text="GREEN", confidence=1.0),)
    assert second.matches[0].mark.mark_id == "green"
    assert second.matches[0].score > 0.5
    assert judge.inspect(photo).findings[1].matches[0].mark.mark_id == "yellow"
    assert reading.models["reader"] == "a" * 64
    boxes = np.array([f.detection.box for f in (first, second)], np.float32)
    assert [hits[0].mark.mark_id for hits in reading.recognise(photo, boxes, 2)] == ["red", "green"]


class Laid:
    """Says that the artwork of green fits everywhere, and no other; notes the boxes."""

    def __init__(self, green: str) -> None:
        self.green, self.boxes = green, list[tuple[float, float, float, float]]()

    def support(self, image: Image, box: tuple[float, float, float, float], reference: str) -> float:
        self.boxes.append(box)
        return 1.0 if reference == self.green else 0.0


@pytest.mark.parametrize("cores", [1, 2])
def test_given_boxes_are_compared_with_the_artwork(cores: int) -> None:
    judge, photo = inspector(*ALL), photograph(RED, YELLOW)
    boxes = np.array([finding.detection.box for finding in judge.inspect(photo).findings], np.float32)
    plain = judge.recognise(photo, boxes, 10)
    (green,) = {hit.reference for own in plain for hit in own if hit.mark.mark_id == "green"}
    laid = Laid(green)
    fitting = equipped(judge, fitter=laid, cores=cores)
    best = [own[0].mark.mark_id for own in fitting.recognise(photo, boxes, 1)]
    assert best == [winner(own, green) for own in plain]
    assert set(laid.boxes) <= {tuple(box) for box in boxes.tolist()}
    assert laid.boxes


def winner(hits: list[Hit], fits: str) -> str:
    """Who is first once `fits` gained all that a fit can add."""
    return max(hits, key=lambda hit: hit.likeness + MOST * (hit.reference == fits)).mark.mark_id


DOUBTFUL = Calibration(intercept=-21.0, similarity=20.0)  # whatever is quite alike is in doubt
SECOND = SecondLook(intercept=-1.0, first=1.0, fitted=8.0)


@pytest.mark.parametrize("cores", [1, 2])
def test_what_is_in_doubt_is_settled_by_its_artwork(cores: int) -> None:
    judge, photo = equipped(inspector(*ALL), calibration=DOUBTFUL), photograph(RED, GREEN)
    before = judge.inspect(photo)
    assert before.decision == "pass"
    laid = Laid("ref-green")
    looking = equipped(judge, calibration=DOUBTFUL, fitter=laid, second_look=SECOND, cores=cores)
    after = looking.inspect(photo)
    assert laid.boxes == [finding.detection.box for finding in before.findings]
    assert [finding.matches[0].fitted for finding in after.findings] == [0.0, 1.0]
    firsts = [finding.matches[0].score for finding in before.findings]
    scores = [finding.matches[0].score for finding in after.findings]
    assert scores == [SECOND.score(firsts[0], 0.0), SECOND.score(firsts[1], 1.0)]
    (suspicion,) = after.suspicions
    assert (suspicion.mark.mark_id, suspicion.score) == ("green", scores[1])
    assert "artwork_fits" in [reason.code for reason in suspicion.reasons]


def test_what_a_word_puts_beyond_doubt_is_not_laid_down() -> None:
    judge, laid, photo = inspector(*ALL), Laid("ref-green"), photograph(RED, YELLOW)
    worded = Calibration(intercept=-21.0, similarity=20.0, wording=30.0)
    looking = equipped(judge, calibration=worded, reader=Lettering(), fitter=laid, second_look=SECOND, cores=2)
    first, second = looking.inspect(photo).findings
    assert laid.boxes == [first.detection.box]
    assert (first.matches[0].fitted, second.matches[0].fitted) == (0.0, None)


class Patient(Lettering):
    """Reads nothing in passing, and "Green" in any box that is looked at more closely."""

    def read(
        self, image: Image, boxes: Boxes, limits: Limits = QUICK, found: Lines | None = None
    ) -> list[tuple[Reading, ...]]:
        assert found is not None
        read = (Reading(text="GREEN", confidence=1.0),) if limits == CLOSER else ()
        return [read] * len(boxes)


@pytest.mark.parametrize("cores", [1, 2])
def test_what_is_in_doubt_is_read_more_closely_first(cores: int) -> None:
    judge, laid, photo = inspector(*ALL), Laid("ref-green"), photograph(YELLOW)
    worded = Calibration(intercept=-21.0, similarity=20.0, wording=30.0)
    looking = equipped(judge, calibration=worded, reader=Patient(), fitter=laid, second_look=SECOND, cores=cores)
    (finding,) = looking.inspect(photo).findings
    assert finding.readings == (Reading(text="GREEN", confidence=1.0),)
    assert finding.matches[0].mark.mark_id == "green"  # it looked like yellow before
    assert finding.matches[0].score > 0.9
    assert laid.boxes == []  # what is no longer in doubt needs no artwork


def test_the_second_look_is_at_the_finding_in_doubt_wherever_it_stands() -> None:
    surer = Calibration(intercept=-27.5, similarity=20.0, detection=10.0)  # the later a box, the more doubt
    laid = Laid("ref-green")
    looking = equipped(inspector(*ALL), calibration=surer, fitter=laid, second_look=SECOND)
    first, second = looking.inspect(photograph(RED, GREEN)).findings
    assert [finding.matches[0].mark.mark_id for finding in (first, second)] == ["red", "green"]
    assert (first.matches[0].fitted, second.matches[0].fitted) == (None, 1.0)
    assert laid.boxes == [second.detection.box]
    assert second.detection.score == pytest.approx(0.7)


def test_what_is_beyond_doubt_needs_no_artwork() -> None:
    judge, laid, photo = inspector(*ALL), Laid("ref-green"), photograph(RED)
    looking = equipped(judge, fitter=laid, second_look=SECOND)
    assert looking.inspect(photo) == replace(judge.inspect(photo), milliseconds=ANY)
    assert laid.boxes == []


@pytest.mark.parametrize("fitter", [None, Laid("ref-green")])
def test_without_a_fitter_or_a_calibrated_second_look_the_first_stands(fitter: Laid | None) -> None:
    judge = equipped(inspector(*ALL), calibration=DOUBTFUL)
    second = SECOND if fitter is None else None
    looking = equipped(judge, calibration=DOUBTFUL, fitter=fitter, second_look=second)
    photo = photograph(RED, GREEN)
    assert looking.inspect(photo) == replace(judge.inspect(photo), milliseconds=ANY)


class Torn(Laid):
    """Artwork that cannot be laid down for a reason that nobody foresaw."""

    def support(self, image: Image, box: tuple[float, float, float, float], reference: str) -> float:
        raise MemoryError("no memory")


@pytest.mark.parametrize("cores", [1, 2])
def test_a_fitter_that_fails_fails_the_inspection(cores: int) -> None:
    judge = inspector(*ALL)
    looking = equipped(judge, calibration=DOUBTFUL, fitter=Torn("ref-green"), second_look=SECOND, cores=cores)
    with pytest.raises(MemoryError, match="no memory"):
        looking.inspect(photograph(RED, GREEN))


class Illegible(Lettering):
    """Cannot be read."""

    def find(self, image: Image) -> Lines:
        raise RuntimeError("no memory")


@pytest.mark.parametrize("cores", [1, 2])
def test_a_reader_that_fails_fails_the_inspection(cores: int) -> None:
    failing = equipped(inspector(*ALL), reader=Illegible(), cores=cores)
    with pytest.raises(RuntimeError, match="no memory"):
        failing.inspect(photograph(RED))


def test_loading_without_models_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadBundle, match=r"current\.toml"):
        load_inspector(tmp_path)


def test_loading_refuses_a_config_that_lacks_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"side": 8, "dimension": 3, "threshold": 0.5}
    write_bundle(tmp_path, "detector", {"side": SIDE, "least": 0.1, "most": 5})
    write_bundle(tmp_path, "embedder", config)
    sessions = iter([Blocks(), Colours()])
    monkeypatch.setattr("inference.inspector.OrtSession", lambda model, threads: next(sessions))
    with pytest.raises(BadBundle, match="calibration"):
        load_inspector(tmp_path)


def test_a_loaded_inspector_has_the_bundles_settings_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibration = {"intercept": -19.0, "similarity": 20.0, "margin": 0.0, "wording": 0.0, "verified": 0.0}
    calibration |= {"detection": 0.0, "size": 0.0}
    write_bundle(tmp_path, "detector", {"side": SIDE, "least": 0.6, "most": 5})
    write_bundle(tmp_path, "embedder", {"side": 8, "dimension": 3, "threshold": 0.375, "calibration": calibration})

    def session(model: bytes, *, threads: int | None) -> Blocks | Colours:
        assert threads == 1
        return Blocks() if model == b"detector" else Colours()

    monkeypatch.setattr("inference.inspector.OrtSession", session)
    cores: list[int] = []
    monkeypatch.setattr("inference.inspector.Beside", lambda given: cores.append(given) or Beside(given))
    loaded = load_inspector(tmp_path, threads=1)
    assert loaded.threshold == 0.375
    assert loaded.gallery.dimension == 3
    assert len(loaded.inspect(photograph(RED, GREEN, BLUE)).findings) == 2  # the third has less than `least`
    gallery = Gallery(3)
    told = load_inspector(tmp_path, gallery, threads=1, threshold=0.875)
    assert told.threshold == 0.875
    assert told.gallery is gallery
    monkeypatch.setattr("inference.inspector.OrtSession", lambda model, threads: session(model, threads=1))
    load_inspector(tmp_path, threads=3)
    assert cores == [1, 1, 3]


def write_bundle(models: Path, role: str, config: dict[str, object]) -> None:
    """A bundle whose model is the role's name, and its line in current.toml."""
    digest = sha256(role.encode()).hexdigest()
    folder = models / f"{role}-1"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(role.encode())
    description = {"name": folder.name, "role": role, "version": "1", "sha256": digest, "config": config}
    (folder / "bundle.json").write_text(json.dumps(description), encoding="utf-8")
    with (models / "current.toml").open("a", encoding="utf-8") as file:
        file.write(f'[{role}]\nname = "{folder.name}"\nsha256 = "{digest}"\n')
