"""From recordations and verdicts to what companies may be told. Whatever else is on file stays with customs."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from inference.circumstances import weigh
from service.companies.schemas import Coverage, LookAlike, PublicFiling, PublicGoods, PublicMark, ReviewIn, Said
from service.recordations import repository
from service.recordations.facts import Recorded
from service.recordations.schedule import Schedule
from service.scans.declarations import Declaration, DeclaredParty
from service.scans.schemas import SuspicionOut
from service.scans.weighing import declared_of
from service.tables import RecordationRow

PUBLIC = frozenset({"approved", "suspended", "lapsed", "cancelled", "revoked"})  # what was applied for only is not


def public(row: RecordationRow, schedule: Schedule) -> PublicFiling:
    """The public fields of a recordation."""
    content = repository.content_of(row)
    marks = repository.marks_of(row)
    return PublicFiling(
        number=row.number,
        jurisdiction=row.jurisdiction,
        right_type=row.right_type,
        holder=row.holder.name,
        marks=[PublicMark(title=mark.title, registration_no=mark.registration_no) for mark in marks],
        goods=[PublicGoods(nice_class=goods.nice_class, text=goods.text) for goods in content.goods],
        status=_said(row, schedule),
        valid_to=row.valid_to,
    )


def look_alikes(
    suspicions: list[SuspicionOut],
    recorded: Mapping[str, Recorded],
    filings: Mapping[str, PublicFiling],
    asked: ReviewIn,
    now: datetime,
) -> list[LookAlike]:
    """The suspicions of marks that are on record, each with whether the asker is covered. Strongest first."""
    found = [one for one in suspicions if one.mark.mark_id in recorded and recorded[one.mark.mark_id].id in filings]
    return [_look_alike(one, recorded[one.mark.mark_id], filings, asked, now) for one in found]


def _look_alike(
    item: SuspicionOut, known: Recorded, filings: Mapping[str, PublicFiling], asked: ReviewIn, now: datetime
) -> LookAlike:
    party = DeclaredParty(identifiers=asked.identifiers)
    declared = declared_of(Declaration(consignor=party, goods=asked.goods))
    day = now.astimezone(ZoneInfo(known.zone)).date()
    result = weigh(item.score, 0.0, known.filed, declared, day)
    covered = _coverage(result.outcome == "authorised_party", asked)
    filing = filings[known.id]
    return LookAlike(
        filing=filing,
        view=item.view,
        box=item.box,
        score=item.score,
        reasons=item.reasons,
        goods=result.goods,
        authorisation=covered,
        advice=_advice(covered, filing.holder),
    )


def _coverage(cleared: bool, asked: ReviewIn) -> Coverage:
    if not asked.identifiers:
        return "unknown"
    return "covered" if cleared else "not_covered"


def _advice(covered: Coverage, holder: str) -> str:
    if covered == "covered":
        return f"An authorisation of {holder} is on file for you; carry its number with the goods."
    if covered == "unknown":
        return f"Give your identifiers to learn whether an authorisation of {holder} is on file for you."
    return f"No authorisation is on file for you: ask {holder} for one, or do not ship these goods with this mark."


def _said(row: RecordationRow, schedule: Schedule) -> Said:
    if schedule.in_force(row):
        return "recorded"
    return "expired" if schedule.standing(row) == "expired" else "not_in_force"
