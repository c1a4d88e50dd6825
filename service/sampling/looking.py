"""From stored scans to what samplers look at. The archive's rows say what was seen; without one, the verdict does."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from inference.archive import Fact, facts_of
from inference.vocabulary import Modality
from service.labels.repository import consignor_of, holders_of
from service.sampling import repository
from service.sampling.samplers import SeenPlace, SeenScan
from service.scans.declarations import Declaration
from service.scans.modalities import as_modality
from service.scans.schemas import VerdictOut
from service.tables import ScanRow, SeenViewRow

Kept = dict[int, SeenViewRow]  # view -> what was kept of it


def seen_scans(
    session: Session, rows: Sequence[ScanRow], differs: Mapping[str, frozenset[str]] | None = None
) -> list[SeenScan]:
    """What is known of scans that have their verdicts; `differs`: scan -> right holders of whom a shadow differs."""
    kept: defaultdict[str, Kept] = defaultdict(dict)
    for row in repository.seen(session, [scan.id for scan in rows]):
        kept[row.scan_id][row.view] = row
    marks = {mark for views in kept.values() for view in views.values() for names in view.marks for mark in names}
    holders = holders_of(session, marks)
    named = repository.brands(session, {brand for scan in rows for brand in _brands(scan)})
    return [
        _scan(scan, kept[scan.id], holders, named, (differs or {}).get(scan.id, frozenset()))
        for scan in rows
        if scan.verdict is not None
    ]


def _scan(
    scan: ScanRow,
    kept: Kept,
    holders: Mapping[str, str],
    named: Mapping[str, frozenset[str]],
    differs: frozenset[str],
) -> SeenScan:
    verdict = VerdictOut.model_validate(scan.verdict)
    sizes = tuple((as_modality(view.modality), view.width, view.height) for view in scan.views)
    places = [
        place
        for number, (modality, _, _) in enumerate(sizes)
        if number in kept
        for place in _places(kept[number], modality, holders)
    ]
    thresholds = dict(verdict.thresholds) or {"photo": verdict.threshold}
    return SeenScan(
        scan_id=scan.id,
        office=scan.office,
        parcel=scan.parcel,
        consignor=consignor_of(scan),
        sizes=sizes,
        places=tuple(places or _suspected(verdict)),
        thresholds=thresholds,
        declared=frozenset(mark for brand in _brands(scan) for mark in named.get(brand, ())),
        differs=differs,
    )


def _places(row: SeenViewRow, modality: Modality, holders: Mapping[str, str]) -> Iterable[SeenPlace]:
    facts = facts_of(row.facts)  # (n, 10)
    for values, marks in zip(facts.tolist(), row.marks, strict=False):
        likeness = values[Fact.SIMILARITY]
        yield SeenPlace(
            view=row.view,
            modality=modality,
            box=(values[Fact.X1], values[Fact.Y1], values[Fact.X2], values[Fact.Y2]),
            detection_score=values[Fact.DETECTION],
            score=values[Fact.SCORE],
            likeness=None if math.isnan(likeness) else likeness,
            mark_id=marks[0] if marks else None,
            holder=holders.get(marks[0]) if marks else None,
            candidates=tuple(marks),
        )


def _suspected(verdict: VerdictOut) -> Iterable[SeenPlace]:
    """What stood: all that is known of scans from before there was an archive."""
    for item in verdict.suspicions:
        yield SeenPlace(
            view=item.view,
            modality=item.modality,
            box=item.box,
            detection_score=item.detection_score,
            score=item.score,
            likeness=item.candidates[0].similarity if item.candidates else None,
            mark_id=item.mark.mark_id,
            holder=item.mark.holder,
            candidates=tuple(one.mark.mark_id for one in item.candidates),
        )


def _brands(scan: ScanRow) -> set[str]:
    if scan.declaration is None:
        return set()
    goods = Declaration.model_validate(scan.declaration).goods
    return {item.brand.lower() for item in goods if item.brand is not None}
