"""Recordations follow their right holder: a new name is on all its marks, and found by search, at once."""

from typing import Any

from sqlalchemy.orm import Session

from service.holders.schemas import HolderEntry
from service.recordations import repository
from service.registry import history
from service.tables import HolderRow


class Following:
    """See `holders.service.Followers`."""

    def of(self, session: Session, holder_id: str) -> dict[str, dict[str, Any]]:
        """Recordation -> its state."""
        return {row.id: repository.state_of(row) for row in repository.of_holder(session, holder_id)}

    def follow(
        self, session: Session, row: HolderRow, before: dict[str, dict[str, Any]], entry: HolderEntry, revision: int
    ) -> None:
        """The right holder is part of each of its recordations, so it is part of their history too."""
        repository.follow_holder(session, row, revision)
        for recordation in (repository.find(session, key) for key in before):
            if recordation is None:
                continue
            change = history.change(
                kind="recordation",
                object_id=recordation.id,
                action="holder_changed",
                officer=entry.officer,
                revision=revision,
                before=before[recordation.id],
                after=repository.state_of(recordation),
                reason=entry.reason,
            )
            history.note(session, change)
