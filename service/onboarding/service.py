"""Tests marks against the registry as it is, and keeps what came out."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import get_args

import numpy as np
import structlog

from inference.artwork.rasterise import Rgba
from inference.onboarding.quality import Quality
from inference.onboarding.selftest import ENOUGH, SelfTest, recall_in_xrays, self_test
from inference.wording import comparable
from service.database import Database
from service.onboarding import repository
from service.onboarding.schemas import ConfusableOut, Modality, PictureQuality, SelfTestOut
from service.registry import repository as registry
from service.registry.repository import WORDS, Picture
from service.scans.eyes import DRAWN, Eyes
from service.schemas import MarkOut
from service.tables import MarkRow

NO_MODEL = "no model for X-rays is deployed"
NOT_DRAWN = "X-ray scans are compared with drawings, and none is filed"
IN_RELIEF = "only where it is cast, stamped, cut or moulded: what is printed leaves no trace in X-rays"
TOO_LIKE = "in relief only {share:.0%} of its rendered scans reach the threshold {threshold:.2f}"
NO_PICTURE = "no picture of the mark is filed"
NO_LETTERS = "no picture is filed, and the font lacks letters of its words: file a picture of them"
READ = "no picture is filed: it is found where its words are read; the figures are for a drawing of them, unread"
TOO_SHORT = "no picture is filed, and its words are too short to go by when they are read: file a picture"
log = structlog.get_logger()


class OnboardingService:
    """Runs self-tests. One that fails is logged: a recordation does not fail for it."""

    def __init__(self, *, database: Database, champion: Callable[[], Eyes]) -> None:
        self._database, self._champion = database, champion

    def run(self, mark_ids: Collection[str]) -> None:
        """Test the marks by the models that are at work, and keep the outcomes."""
        _Tests(self._database, self._champion()).run(mark_ids)


class _Tests:
    """Self-tests by one set of models."""

    def __init__(self, database: Database, eyes: Eyes) -> None:
        self._database, self._inspector, self._eyes = database, eyes.photo, eyes

    def run(self, mark_ids: Collection[str]) -> None:
        """Test the marks and keep the outcomes."""
        revision = self._eyes.refresh({"photo", "xray"})
        for mark_id in mark_ids:
            try:
                self._run(mark_id, revision)
            except Exception as error:  # whatever it was: the mark is recorded, and can be tested again
                log.error("self_test_failed", mark=mark_id, exc_info=error)

    def _run(self, mark_id: str, revision: int) -> None:
        with self._database.read() as session:
            row = registry.find(session, mark_id)
            if row is None:
                return
            pictures = [picture for picture in registry.pictures_of(row) if picture.matched]
            vectors = registry.vectors(session, self._inspector.embedder.sha256, [one.key for one in pictures])
        known = [picture for picture in pictures if picture.key in vectors]
        drawn = [(picture, self._drawn(picture)) for picture in known]
        usable = [(picture, pixels) for picture, pixels in drawn if pixels is not None]
        if not usable:
            if not pictures:
                self._keep(mark_id, self._invisible(row, revision))
            return
        rows = np.concatenate([vectors[picture.key] for picture, _ in usable])
        tested = self_test(
            [(pixels, picture.kind) for picture, pixels in usable], rows, row.holder, self._inspector, seed=revision
        )
        self._keep(mark_id, self._report(row, usable, tested, revision))

    def _keep(self, mark_id: str, report: SelfTestOut) -> None:
        with self._database.write() as session:
            repository.put(session, mark_id, report)

    def _invisible(self, row: MarkRow, revision: int) -> SelfTestOut:
        """The report on a mark that scans cannot be compared with."""
        threshold = self._inspector.threshold
        return SelfTestOut(
            rendered=0,
            threshold=threshold,
            expected_recall=0.0,
            suggested_threshold=threshold,
            recall_at_suggested=0.0,
            confusable=[],
            pictures=[],
            detectable_in=[],
            notes={
                "photo": NO_LETTERS if row.document.get("feature") == "word" else NO_PICTURE,
                "xray_2d": NO_MODEL if self._eyes.xray is None else NOT_DRAWN,
            },
            registry_revision=revision,
            embedder=self._inspector.embedder.sha256,
            tested_at=datetime.now(UTC),
        )

    def _drawn(self, picture: Picture) -> Rgba | None:
        artworks = self._inspector.artworks
        return None if artworks is None else artworks(picture.sha256)

    def _in_xrays(self, row: MarkRow, drawn: Sequence[tuple[Picture, Rgba]], seed: int) -> tuple[bool, str]:
        """Whether X-rays can show the mark, and what there is to say of it."""
        judge = self._eyes.xray
        if judge is None:
            return False, NO_MODEL
        own = [(picture, pixels) for picture, pixels in drawn if picture.kind in DRAWN]
        with self._database.read() as session:
            known = registry.vectors(session, judge.embedder.sha256, [picture.key for picture, _ in own])
        seen = [(known[picture.key], pixels) for picture, pixels in own if picture.key in known]
        if not seen:
            return False, NOT_DRAWN
        vectors = np.concatenate([rows for rows, _ in seen])
        share = recall_in_xrays([pixels for _, pixels in seen], vectors, row.holder, judge, seed)
        if share < ENOUGH:
            return False, TOO_LIKE.format(share=share, threshold=judge.threshold)
        return True, IN_RELIEF

    def _report(
        self, row: MarkRow, drawn: Sequence[tuple[Picture, Rgba]], tested: SelfTest, revision: int
    ) -> SelfTestOut:
        pictures = [picture for picture, _ in drawn]
        in_xrays, told = self._in_xrays(row, drawn, revision)
        notes: dict[Modality, str] = {"xray_2d": told}
        share = tested.recall(tested.threshold)
        if any(picture.purpose == WORDS for picture in pictures):
            in_photographs = bool(comparable(row.title))
            notes["photo"] = READ if in_photographs else TOO_SHORT
        else:
            in_photographs = tested.in_photographs
            if not in_photographs:
                notes["photo"] = f"only {share:.0%} of its rendered pictures reach the threshold {tested.threshold:.2f}"
        return SelfTestOut(
            rendered=len(tested.scores),
            threshold=tested.threshold,
            expected_recall=round(share, 3),
            suggested_threshold=round(tested.suggested_threshold, 3),
            recall_at_suggested=round(tested.recall(tested.suggested_threshold), 3),
            confusable=[
                ConfusableOut(
                    mark=MarkOut(mark_id=item.mark.mark_id, title=item.mark.title, holder=item.mark.holder),
                    similarity=round(item.similarity, 3),
                    score=round(item.score, 3),
                )
                for item in tested.confusable
            ],
            pictures=[_quality(one, own) for one, own in zip(pictures, tested.qualities, strict=True)],
            detectable_in=_detectable(photo=in_photographs, xray_2d=in_xrays),
            notes=notes,
            registry_revision=revision,
            embedder=self._inspector.embedder.sha256,
            tested_at=datetime.now(UTC),
        )


def _detectable(**seen: bool) -> list[Modality]:
    return [modality for modality in get_args(Modality) if seen.get(modality, False)]


def _quality(picture: Picture, measured: Quality) -> PictureQuality:
    return PictureQuality(
        sha256=picture.sha256,
        contrast=round(measured.contrast, 1),
        sharpness=round(measured.sharpness, 1),
        detail=round(measured.detail, 4),
        warnings=list(measured.warnings),
    )
