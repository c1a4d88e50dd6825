"""Past scans and a mark that is recorded later, on each kind of database; the inspector is a fake."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select, update

from inference.appearance import appearance_of
from inference.artwork.views import vectors_of
from inference.calibration import Calibration
from inference.decoding import Limits, decode
from inference.errors import UnknownMark
from inference.vocabulary import Detection, Finding, Mark, Match, Verdict
from service.archive import repository as archive
from service.archive.keeping import ArchiveKeeper
from service.archive.repository import Window
from service.archive.service import ArchiveService
from service.database import Database
from service.registry.repository import WORDS
from service.rescreening import repository, service
from service.rescreening.changes import VerdictChanges
from service.rescreening.errors import NothingToCompare, Stopped, TooManyMarks
from service.rescreening.reembedding import Reembedding, embedders_of, keep_again
from service.rescreening.service import Rescreening
from service.scans import repository as scans
from service.scans.eyes import Eyes, Viewed
from service.scans.repository import NewScan, NewView
from service.scans.thresholds import Own, Thresholds
from service.scans.verdicts import combine
from service.storage import FileStore
from service.tables import (
    HolderRow,
    JobRow,
    MarkRow,
    PictureRow,
    RecordationRow,
    RescreenHitRow,
    ScanRow,
    SeenViewRow,
    VectorRow,
    ViewRow,
)
from tests.databases import KINDS, fresh_url
from tests.fakes import FakeEmbedder, FakeInspector, FakeXrayInspector
from tests.integration.service.pictures import mark, photograph, png

JUNE = datetime(2026, 6, 3, 9, 30, tzinfo=UTC)
TABLES = (ScanRow, ViewRow, SeenViewRow, RescreenHitRow, MarkRow, VectorRow)
ANYTHING = 0.0
RIGHT, WRONG = ("cat", "old-owl"), ("old-owl", "cat")  # the likest marks of two detections, as embedders saw them


class World:
    """A database with scans that were inspected, one after another, and marks that are recorded when a test says so."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.files = database, FileStore(folder / "files", keep_free=0)
        self.inspector, self.xray = FakeInspector(), None
        self.thresholds = Thresholds()
        self.count = 0
        self.looked: list[str] = []
        self.moves: list[tuple[str, int, int | None]] = []

    @property
    def eyes(self) -> Eyes:
        return Eyes(photo=self.inspector, live=None, xray=self.xray, thresholds=self.thresholds)

    def scan(self, *views: bytes, office: str = "main", station: str = "dock-3", days: float = 0, **row: Any) -> str:
        """Store a scan, inspect it as the service does, and let the archive see it."""
        self.count += 1
        digest = sha256(b"".join(views) + bytes([self.count])).hexdigest()
        kept = [sha256(data).hexdigest() for data in self.files_of(views)]
        new = NewScan(
            office=office,
            station=station,
            parcel=f"P{self.count}",
            lane="live",
            views_digest=digest,
            received_at=JUNE + timedelta(days=days),
            captured_at=None,
            answer_by=None,
            leased_until=JUNE,
            declaration=None,
            views=tuple(NewView(sha256=sha, media_type="image/jpeg", width=240, height=240, size=1) for sha in kept),
        )
        with self.database.write() as session:
            scan = scans.add(session, new)
            seen = self.look(scan)
            verdict = combine([view.verdict for view in seen])
            scans.finish(session, scan.id, verdict.model_dump(mode="json"), JUNE)
            ArchiveKeeper().saw(session, scan, seen, verdict)
            if row:
                session.execute(update(ScanRow).where(ScanRow.id == scan.id).values(**row))
        return scan.id

    def files_of(self, views: Sequence[bytes]) -> Sequence[bytes]:
        self.files.put_all(views)
        return views

    def look(self, scan: ScanRow) -> list[Viewed]:
        """What the inspector sees on a stored scan now."""
        self.looked.append(scan.id)
        images = [decode(self.files.get(view.sha256), limits=Limits()) for view in scan.views]
        return [Viewed(sight=appearance_of(image), verdict=self.inspector.inspect(image)) for image in images]

    def viewed(self, embedder: str, seed: int, leading: Sequence[str]) -> Viewed:
        """A view with mark `seed` in as many places as there are marks that were thought the likest there."""
        image = decode(photograph(seed), limits=Limits())
        vector, other = self.inspector.embedder.embed_image(image), Mark(mark_id="far", title="far", holder="Far")
        findings = []
        for number, mark_id in enumerate(leading):
            entry = Mark(mark_id=mark_id, title=mark_id, holder=mark_id)
            pair = [
                Match(mark=one, reference="r", similarity=near, score=near)
                for one, near in ((entry, 0.95), (other, 0.1))
            ]
            box = (2.0 * number, 0.0, 9.0, 9.0)
            findings.append(Finding(detection=Detection(box=box, score=1.0), matches=(pair[0], pair[1]), vector=vector))
        models = {"embedder": embedder}
        verdict = Verdict(decision="pass", suspicions=(), findings=tuple(findings), models=models)
        return Viewed(sight=appearance_of(image), verdict=verdict)

    def record(self, mark_id: str, *seeds: int, holder: str | None = None, live: bool = True, **picture: str) -> None:
        """Record a mark with a picture for each seed; scans are not compared with it until `search`."""
        files = self.files_of([png(mark(seed)) for seed in seeds])
        name = holder or f"{mark_id} plc"
        with self.database.write() as session:
            if session.get(HolderRow, name) is None:
                session.add(HolderRow(id=name, name=name, country="", document={}, version=1, **_now()))
            session.add(_recordation(mark_id, name))
            session.flush()
            session.add(_mark(mark_id, name, live))
            session.flush()
            for position, data in enumerate(files):
                sha = sha256(data).hexdigest()
                values = {"kind": "artwork", "purpose": "registered", **picture}
                session.add(
                    PictureRow(mark_id=mark_id, position=position, sha256=sha, name="a.png", size=len(data), **values)
                )

    def search(self, mark_id: str, *seeds: int, holder: str | None = None) -> None:
        """From now on scans are compared with a mark."""
        pictures = [np.dstack([mark(seed), np.full((128, 128), 255, np.uint8)]) for seed in seeds]
        vectors = np.concatenate([vectors_of(one, "artwork", self.inspector.embedder) for one in pictures])
        entry = Mark(mark_id=mark_id, title=mark_id, holder=holder or f"{mark_id} plc")
        self.inspector.gallery.add(entry, vectors, ["r"] * len(vectors))

    def job(self, job_id: str, kind: str = "rescreen") -> str:
        with self.database.write() as session:
            if session.get(JobRow, job_id) is None:
                values = {"options": {}, "progress": {}, "cancel": False, "created_by": "t", "created_at": JUNE}
                session.add(JobRow(id=job_id, kind=kind, state="running", **values))
        return job_id

    def rescreen(self, *, job: str = "job-1", stopped: Any = lambda: False, **options: Any) -> dict[str, Any]:
        made = Rescreening(database=self.database, files=self.files, champion=lambda: self.eyes)
        return made.run(self.job(job), options, lambda *told: self.moves.append(told), stopped)

    def reembedding(self, **parts: Any) -> Reembedding:
        given = {"look": self.look, "idle": lambda: True, "pause": 0.001, **parts}
        return Reembedding(database=self.database, champion=lambda: self.eyes, **given)

    def reembed(self, stopped: Any = lambda: False, **parts: Any) -> dict[str, Any]:
        job = self.job("again", "reembed")
        return self.reembedding(**parts).run(job, {}, lambda *told: self.moves.append(told), stopped)

    def hits(self, job: str = "job-1") -> list[tuple[str, int, str]]:
        with self.database.read() as session:
            rows = repository.hits(session, job, limit=100)
            return [(row.scan_id, row.view, row.mark_id) for row in rows]

    def stored(self) -> dict[str, int]:
        with self.database.read() as session:
            return {one.__tablename__: session.scalar(select(func.count()).select_from(one)) for one in TABLES}


def _now() -> dict[str, datetime]:
    return {"created_at": JUNE, "updated_at": JUNE}


def _recordation(mark_id: str, holder: str) -> RecordationRow:
    own = {"jurisdiction": "ZZ", "number": mark_id, "profile": "zz", "right_type": "trademark", "status": "approved"}
    known = {column.name for column in RecordationRow.__table__.columns}
    filled = {name: value for name, value in own.items() if name in known}
    return RecordationRow(id=f"rec-{mark_id}", holder_id=holder, document={}, version=1, revision=1, **filled, **_now())


def _mark(mark_id: str, holder: str, live: bool) -> MarkRow:
    return MarkRow(
        mark_id=mark_id,
        recordation_id=f"rec-{mark_id}",
        position=0,
        title=mark_id,
        holder=holder,
        revision=1,
        removed=False,
        live=live,
        document={},
        changed_at=JUNE + timedelta(days=30),
    )


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Each kind of database."""
    database = Database(fresh_url(request.param, tmp_path))
    database.migrate()
    yield World(database, tmp_path)
    database.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    """SQLite, for what does not depend on the database."""
    database = Database(fresh_url("sqlite", tmp_path))
    database.migrate()
    yield World(database, tmp_path)
    database.close()


def test_a_mark_recorded_later_is_found_in_past_scans(world: World) -> None:
    world.search("cat", 3)
    first = world.scan(photograph(1), photograph(2), days=0)
    world.scan(photograph(2), days=1)
    world.scan(photograph(3), days=2)
    both = world.scan(photograph(1, tint=9), photograph(1, side=200), station="dock-1", days=3.5)
    world.record("owl", 1)
    before = world.stored()
    result = world.rescreen(mark_id="owl")
    assert world.hits() == [(both, 0, "owl"), (both, 1, "owl"), (first, 0, "owl")]
    assert result == {
        "mark_id": "owl",
        "since": None,
        "until": None,
        "office": None,
        "seen": 2,
        "first": JUNE.isoformat(),
        "last": (JUNE + timedelta(days=3.5)).isoformat(),
        "by_station": {"dock-1": 1, "dock-3": 1},
        "by_mark": {"owl": 2},
        "marks": 1,
        "skipped": [],
        "searched": 6,
        "damaged": 0,
        "cut": False,
        "summary": "Seen 2 times since 3 June 2026 at 2 stations",
    }
    with world.database.read() as session:
        row = repository.hits(session, "job-1", limit=1)[0]
    assert row.score > 0.9
    assert row.box == {"box": [0.0, 0.0, 240.0, 240.0]}
    assert world.moves[0] == ("embed", 0, 1)
    assert world.moves[-1] == ("search", 6, 6)
    # it was embedded, and found; apart from that nothing was changed or deleted
    assert world.stored() == before | {"rescreen_hits": 3, "picture_vectors": before["picture_vectors"] + 1}


def test_a_job_that_is_run_again_replaces_its_own_hits_and_no_others(world: World) -> None:
    world.scan(photograph(1))
    world.scan(photograph(2))
    world.record("owl", 1)
    world.record("fox", 2)
    first = world.rescreen(mark_id="owl", job="job-1")
    world.rescreen(mark_id="fox", job="job-2")
    assert world.rescreen(mark_id="owl", job="job-1") == first
    assert [len(world.hits(job)) for job in ("job-1", "job-2")] == [1, 1]
    world.rescreen(mark_id="fox", job="job-1")
    assert [mark_id for *_, mark_id in world.hits("job-1")] == ["fox"]


def test_what_is_not_the_asker_s_or_was_not_inspected_is_not_seen(world: World) -> None:
    mine = world.scan(photograph(1), office="north")
    other = world.scan(photograph(1), office="south", station="dock-9")
    failed = world.scan(photograph(1), office="north", state="failed")
    world.record("owl", 1)
    assert world.rescreen(mark_id="owl", office="north")["by_station"] == {"dock-3": 1}
    assert [scan_id for scan_id, *_ in world.hits()] == [mine]
    assert world.rescreen(mark_id="owl", office="nowhere")["summary"] == "Not seen in any scan that is kept"
    assert world.rescreen(mark_id="owl")["seen"] == 2
    assert {scan_id for scan_id, *_ in world.hits()} == {mine, other}
    assert failed not in {scan_id for scan_id, *_ in world.hits()}


def test_only_the_time_that_was_asked_for(world: World) -> None:
    days = [world.scan(photograph(1), days=day) for day in range(5)]
    world.record("owl", 1)
    since, until = JUNE + timedelta(days=1), JUNE + timedelta(days=3)
    result = world.rescreen(mark_id="owl", since=since.isoformat(), until=until.isoformat())
    assert {scan_id for scan_id, *_ in world.hits()} == set(days[1:3])  # the first moment counts, the last does not
    assert (result["seen"], result["searched"], result["since"]) == (2, 2, since.isoformat())
    assert result["summary"] == "Seen 2 times since 4 June 2026 at dock-3"


def test_withdrawn_and_expired_marks_can_be_looked_for_removed_ones_not(small: World) -> None:
    small.scan(photograph(1))
    small.record("owl", 1, live=False)
    assert small.rescreen(mark_id="owl")["seen"] == 1
    with small.database.write() as session:
        session.execute(update(MarkRow).values(removed=True))
    with pytest.raises(UnknownMark, match="mark 'owl' is not in the registry"):
        small.rescreen(mark_id="owl")
    with pytest.raises(UnknownMark, match="mark 'nobody' is not in the registry"):
        small.rescreen(mark_id="nobody")
    assert len(small.hits()) == 1


@pytest.mark.parametrize("picture", [{"purpose": WORDS}, {"purpose": "xray_sample"}, {"purpose": "fake_example"}])
def test_a_mark_without_a_picture_of_its_own_is_refused(small: World, picture: dict[str, str]) -> None:
    small.scan(photograph(1))
    small.record("owl", 1, **picture)
    with pytest.raises(NothingToCompare, match="mark 'owl' has no picture of its own") as caught:
        small.rescreen(mark_id="owl")
    assert caught.value.field == "mark_id"


def test_a_picture_that_cannot_be_drawn_any_more_is_refused(small: World) -> None:
    small.scan(photograph(1))
    small.record("owl", 1)
    with small.database.write() as session:
        session.execute(update(PictureRow).values(sha256="0" * 64))
    with pytest.raises(NothingToCompare):
        small.rescreen(mark_id="owl")


def test_all_marks_recorded_since_and_those_without_pictures_are_named(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.scan(photograph(1), photograph(2))
    small.record("owl", 1)
    small.record("fox", 2)
    small.record("word", 3, purpose=WORDS)
    small.record("draft", 1, live=False)
    since = (JUNE + timedelta(days=30)).isoformat()
    result = small.rescreen(recorded_since=since)
    assert (result["by_mark"], result["seen"], result["skipped"]) == ({"fox": 1, "owl": 1}, 1, ["word"])
    assert small.rescreen(recorded_since=(JUNE + timedelta(days=31)).isoformat())["marks"] == 0
    monkeypatch.setattr(service, "MARKS", 2)
    with pytest.raises(TooManyMarks, match="more than 2 marks"):
        small.rescreen(recorded_since=since)


def test_rows_that_were_damaged_are_counted_and_hide_no_others(world: World) -> None:
    good = world.scan(photograph(1))
    for values in ({"vectors": b"\1\2"}, {"facts": b""}, {"count": 7}):
        bad = world.scan(photograph(1))
        with world.database.write() as session:
            session.execute(update(SeenViewRow).where(SeenViewRow.scan_id == bad).values(**values))
    world.record("owl", 1)
    result = world.rescreen(mark_id="owl")
    assert (result["damaged"], result["searched"], world.hits()) == (3, 1, [(good, 0, "owl")])


def test_the_thresholds_of_station_and_mark_decide(small: World) -> None:
    small.scan(photograph(1), station="lax")
    small.scan(photograph(1), station="strict")
    small.record("owl", 1)
    small.thresholds = Thresholds(stations={"strict": Own(photo=1.0)})
    assert small.rescreen(mark_id="owl")["by_station"] == {"lax": 1}
    small.thresholds = Thresholds(marks={"owl": 1.0})
    assert small.rescreen(mark_id="owl")["seen"] == 0
    assert small.rescreen(mark_id="owl", least=0.5)["seen"] == 2


def test_leads_count_but_not_over_marks_of_the_same_right_holder(world: World) -> None:
    """A new mark that looks like one that was recorded then: of its own right holder, and of another one."""
    world.inspector.calibration = Calibration(intercept=-3.0, similarity=0.01, margin=10.0)
    world.search("old-owl", 1, holder="Owls")
    world.search("cat", 3)
    world.record("old-owl", 1, holder="Owls")
    scan = world.scan(photograph(2), photograph(1))  # the second is like what was recorded
    world.record("new-owl", 1, holder="Owls")
    world.record("copy", 1, holder="Others")
    assert world.rescreen(mark_id="new-owl", least=0.5)["seen"] == 1
    assert world.hits() == [(scan, 1, "new-owl")]
    assert world.rescreen(mark_id="copy", least=0.5)["seen"] == 0


def test_each_detection_has_its_own_rivals_by_the_embedder_that_is_asked(world: World) -> None:
    world.inspector.calibration = Calibration(intercept=-3.0, similarity=0.01, margin=10.0)
    for holder, mark_id in (("Owls", "old-owl"), ("Cats", "cat")):
        world.record(mark_id, 7, holder=holder)
    scan_id = world.scan(photograph(9))
    with world.database.write() as session:
        scan = scans.find(session, scan_id)
        for embedder, leading in (("ab" * 32, WRONG), ("fa" * 32, RIGHT), ("ff" * 32, WRONG)):
            keep_again(session, scan, [world.viewed(embedder, 1, leading)])
    world.record("new-owl", 1, holder="Owls")
    result = world.rescreen(mark_id="new-owl", least=0.5)
    assert (result["searched"], result["seen"]) == (2, 1)
    with world.database.read() as session:
        assert [row.box for row in repository.hits(session, "job-1", limit=9)] == [{"box": [2.0, 0.0, 9.0, 9.0]}]


def test_of_a_mark_in_several_places_of_a_view_the_strongest_is_kept(small: World) -> None:
    scan_id = small.scan(photograph(9))
    view = small.viewed("fa" * 32, 1, RIGHT)
    weak, strong = view.verdict.findings
    far = small.inspector.embedder.embed_image(mark(5)) + weak.vector
    findings = (replace(weak, vector=far / np.linalg.norm(far)), strong)
    with small.database.write() as session:
        scan = scans.find(session, scan_id)
        keep_again(session, scan, [replace(view, verdict=replace(view.verdict, findings=findings))])
    small.record("owl", 1)
    assert small.rescreen(mark_id="owl", least=0.3)["seen"] == 1
    with small.database.read() as session:
        (row,) = repository.hits(session, "job-1", limit=9)
    assert (row.box, row.score > 0.99) == ({"box": [2.0, 0.0, 9.0, 9.0]}, True)


def test_many_sightings_are_cut_to_the_strongest(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST", 2)
    small.scan(photograph(1))
    for seed in range(2, 9):
        small.scan(photograph(seed))
    small.record("owl", 1)
    result = small.rescreen(mark_id="owl", least=ANYTHING)
    assert (result["cut"], result["seen"]) == (True, 2)
    with small.database.read() as session:
        assert max(row.score for row in repository.hits(session, "job-1", limit=9)) > 0.99


def test_a_job_that_is_stopped_keeps_what_it_found_before(small: World) -> None:
    small.scan(photograph(1))
    small.record("owl", 1)
    small.rescreen(mark_id="owl")
    with pytest.raises(Stopped, match="after 0 of 1 views"):
        small.rescreen(mark_id="owl", stopped=lambda: True)
    assert len(small.hits()) == 1


def test_other_embedders_see_nothing_until_scans_are_looked_at_again(world: World) -> None:
    old = [world.scan(photograph(seed), days=seed) for seed in (1, 2, 3)]
    world.scan(photograph(1), state="failed")
    world.record("owl", 1)
    world.inspector = FakeInspector(embedder=FakeEmbedder("ab" * 32))
    assert world.rescreen(mark_id="owl")["searched"] == 0
    assert world.reembedding().stale() == 3
    world.looked.clear()
    assert world.reembed() == {"scans": 3, "failed": 0, "since": None, "until": None}
    assert world.looked == old[::-1]  # the newest first
    assert world.reembedding().stale() == 0
    assert world.rescreen(mark_id="owl")["seen"] == 1
    with world.database.read() as session:
        held = {one.embedder: (one.views, one.detections) for one in archive.holdings(session)}
    assert held == {"ab" * 32: (3, 3), "fa" * 32: (4, 4)}  # what the former one saw stays


def test_looking_again_goes_on_where_it_was_stopped_and_leaves_what_cannot_be_read(small: World) -> None:
    old = [small.scan(photograph(seed)) for seed in range(1, 6)]
    small.inspector = FakeInspector(embedder=FakeEmbedder("ab" * 32))
    with small.database.write() as session:
        session.execute(update(ViewRow).where(ViewRow.scan_id == old[1]).values(sha256="0" * 64))
    looks = iter([False, False, True])
    with pytest.raises(Stopped, match="after 2 of 5 scans"):
        small.reembed(stopped=lambda: next(looks))
    small.looked.clear()
    assert small.reembed() == {"scans": 2, "failed": 1, "since": None, "until": None}
    assert small.looked == [old[2], old[1], old[0]]
    assert small.reembedding().stale() == 1


def test_looking_again_waits_until_nobody_else_does(small: World) -> None:
    small.scan(photograph(1))
    small.inspector = FakeInspector(embedder=FakeEmbedder("ab" * 32))
    small.looked.clear()
    turns = iter([False, False, True])

    def idle() -> bool:
        assert small.looked == []
        return next(turns)

    small.reembed(idle=idle)
    assert small.moves == [("look", 0, 1), ("look", 0, 1), ("look", 1, 1)]


def test_what_new_models_would_say_of_past_scans(world: World) -> None:
    world.search("owl", 1)
    world.search("cat", 3)
    owl = world.scan(photograph(1))
    world.scan(photograph(3), days=1)
    fox = world.scan(photograph(2), days=2, station="dock-1")
    elsewhere = world.scan(photograph(2), days=3, office="south")
    for name, seed in (("owl", 1), ("cat", 3), ("fox", 2)):
        world.record(name, seed)
    world.inspector = FakeInspector(embedder=FakeEmbedder("ab" * 32))
    world.search("fox", 2)
    world.search("cat", 3)
    changes = VerdictChanges(database=world.database, champion=lambda: world.eyes)
    nothing = changes.run(world.job("job-1"), {}, lambda *_: None, lambda: False)
    assert (nothing["compared"], nothing["gained"], nothing["lost"]) == (0, 0, 0)
    world.reembed()
    for _ in range(2):  # again: the same
        result = changes.run(world.job("job-1"), {"office": "main"}, lambda *_: None, lambda: False)
        assert (result["compared"], result["gained"], result["lost"], result["seen"]) == (3, 1, 1, 2)
        assert world.hits() == [(fox, 0, "fox"), (owl, 0, "owl")]
    with world.database.read() as session:
        assert [row.box.get("lost", False) for row in repository.hits(session, "job-1", limit=9)] == [False, True]
    assert changes.run(world.job("job-2"), {}, lambda *_: None, lambda: False)["gained"] == 2
    assert elsewhere in {scan_id for scan_id, *_ in world.hits("job-2")}
    with pytest.raises(Stopped):
        changes.run(world.job("job-2"), {}, lambda *_: None, lambda: True)


def test_the_best_scores_of_a_past_week(world: World) -> None:
    world.scan(photograph(9))  # before any mark was recorded: no match
    world.search("owl", 1)
    world.search("cat", 3)
    world.scan(photograph(1), photograph(3), days=1, station="dock-1")
    world.scan(photograph(1), days=8)
    world.scan(photograph(1), days=2, office="south")
    with world.database.read() as session:
        window = Window(since=JUNE, until=JUNE + timedelta(days=7))
        found = list(archive.best_scores(session, window, [world.inspector.embedder.sha256], "main"))
        everywhere = list(archive.best_scores(session, Window(), [world.inspector.embedder.sha256]))
        assert list(archive.best_scores(session, Window(), ["00" * 32])) == []
    told = sorted((one.view, one.station, one.modality, one.mark_id, round(one.score, 2)) for one in found)
    assert told == [(0, "dock-1", "photo", "owl", 1.0), (1, "dock-1", "photo", "cat", 1.0)]
    assert {one.at for one in found} == {JUNE + timedelta(days=1)}
    assert len(everywhere) == 4


def test_what_is_too_old_is_forgotten_and_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [world.scan(photograph(seed), photograph(seed + 1), days=seed) for seed in range(5)]
    world.record("owl", 1)
    world.rescreen(mark_id="owl")
    before = world.stored()
    clock = lambda: JUNE + timedelta(days=10)  # noqa: E731
    keeping = ArchiveService(database=world.database, clock=clock)
    assert keeping.forget_older(timedelta(days=30)) == 0
    monkeypatch.setattr(archive.forget_before, "__defaults__", (3,))  # views in one transaction
    assert keeping.forget_older(timedelta(days=8)) == 4  # received before 11 June, 9:30 minus 8 days
    assert world.stored() == before | {"seen_views": 6}
    with world.database.read() as session:
        left = session.execute(select(SeenViewRow.scan_id).distinct()).scalars().all()
    assert set(left) == set(kept[2:])
    (holding,) = keeping.holdings()
    assert (holding.views, holding.detections) == (6, 6)
    assert (holding.first, holding.last) == (JUNE + timedelta(days=2), JUNE + timedelta(days=4))
    assert holding.size == 6 * (FakeEmbedder.dimension + 40)


def test_xray_scans_are_searched_by_their_own_embedder_and_by_drawings_only(small: World) -> None:
    small.xray = FakeXrayInspector()
    scan_id = small.scan(photograph(9))
    image = decode(photograph(1), limits=Limits())
    verdict = replace(small.xray.over(small.xray.gallery, 0.7)._photo.inspect(image), modality="xray")
    assert verdict.models["xray_embedder"] == "fb" * 32
    view = Viewed(sight=appearance_of(image), verdict=verdict)
    with small.database.write() as session:
        session.execute(update(ViewRow).values(modality="xray"))
        scan = scans.find(session, scan_id)
        assert archive.stale_count(session, embedders_of(small.eyes)) == 1
        keep_again(session, scan, [view])
        assert archive.stale_count(session, embedders_of(small.eyes)) == 0
    small.record("owl", 1)
    small.record("shot", 1, kind="photo")
    assert small.rescreen(mark_id="owl")["searched"] == 2  # one by each
    assert small.hits() == [(scan_id, 0, "owl")]
    assert small.rescreen(mark_id="shot")["searched"] == 1
    with small.database.read() as session:
        kinds = session.execute(select(VectorRow.kind, VectorRow.embedder).order_by(VectorRow.kind)).all()
    assert sorted(kinds) == [("artwork", "fa" * 32), ("artwork", "fb" * 32), ("photo", "fa" * 32)]


def test_views_with_nothing_on_them_count_as_seen(small: World) -> None:
    class Blind(FakeInspector):
        def inspect(self, image: Any, at: float | None = None) -> Any:
            return replace(super().inspect(image, at), findings=(), decision="pass", suspicions=())

    small.inspector = Blind()
    small.scan(photograph(1))
    assert small.reembedding().stale() == 0
    small.record("owl", 1)
    assert small.rescreen(mark_id="owl")["searched"] == 0
