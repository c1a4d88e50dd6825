"""From rows to what officers are told."""

from collections.abc import Mapping

from service.onboarding.schemas import SelfTestOut
from service.recordations import repository
from service.recordations.schedule import Schedule
from service.recordations.schemas import RecordationOut
from service.recordations.states import events_of
from service.tables import RecordationRow


def recordation_out(row: RecordationRow, schedule: Schedule, tests: Mapping[str, SelfTestOut]) -> RecordationOut:
    """A recordation as it stands today, its marks with their self-tests."""
    term, review = schedule.term(row), schedule.review(row)
    procedure = repository.procedure_of(row)
    return RecordationOut(
        id=row.id,
        version=row.version,
        jurisdiction=row.jurisdiction,
        profile=row.profile,
        holder_id=row.holder_id,
        holder=row.holder.name,
        standing=schedule.standing(row),
        in_force=schedule.in_force(row),
        procedure=procedure,
        review_due_on=None if review is None else review.due,
        review_due_provisional=review is not None and review.provisional,
        renewal_opens_on=None if term is None else term.renewal_opens,
        content=repository.content_of(row),
        marks=repository.marks_of(row),
        self_tests=dict(tests),
        events=events_of(procedure.status),
        registry_revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
