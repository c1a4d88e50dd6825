"""Verifies the audit: that nothing was edited, taken out, moved or cut off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import inspect

from service.audit import repository
from service.audit.chain import GENESIS, Fault, Head, faults
from service.audit.errors import NoAudit
from service.audit.heads import SignedHead
from service.database import Database
from service.tables import AuditEntryRow


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a verification found."""

    entries: int
    faults: tuple[Fault, ...]
    head: Head  # as the chain itself has it


Moved = Callable[[int, int], None]
TOLD_EACH = 1000  # entries


class AuditService:
    """Reads the audit; entries are written by whoever does something, in its own transaction."""

    def __init__(self, database: Database) -> None:
        """Raises NoAudit if the database has none yet: nothing is migrated here, it may be a copy kept as evidence."""
        if not inspect(database.engine).has_table(AuditEntryRow.__tablename__):
            raise NoAudit("it is made when a service of this release starts on it", field="database_url")
        self._database = database

    def head(self) -> Head:
        """The last entry."""
        with self._database.read() as session:
            return repository.head(session)

    def verify(self, known: Sequence[SignedHead] = (), moved: Moved = lambda done, total: None) -> Verified:
        """Go through all entries, and compare them with the heads that are `known` from elsewhere.

        `moved` is told how many of how many were looked at.
        """
        seen = {head.seq: GENESIS for head in known}
        last, count = Head(seq=0, hash=GENESIS), 0
        found: list[Fault] = []
        with self._database.read() as session:
            kept = repository.head(session)
            for sealed in repository.chain(session):
                found += faults(sealed, last)
                last, count = Head(seq=sealed.entry.seq, hash=sealed.hash), count + 1
                if last.seq in seen:
                    seen[last.seq] = last.hash
                if count % TOLD_EACH == 0:
                    moved(count, max(count, kept.seq))
        found += _against(last, kept, "the database's own head")
        for head in known:
            found += _known(head, seen, last)
        return Verified(entries=count, faults=tuple(found), head=last)


def _against(last: Head, other: Head, name: str) -> list[Fault]:
    if last == other:
        return []
    return [
        Fault(seq=other.seq, reason=f"{name} is entry {other.seq} {other.hash}, the chain's is {last.seq} {last.hash}")
    ]


def _known(head: SignedHead, seen: dict[int, str], last: Head) -> list[Fault]:
    if head.seq > last.seq:
        missing = f"the head signed at {head.at} knows it, but the chain ends with {last.seq}: its end was cut off"
        return [Fault(seq=head.seq, reason=missing)]
    if seen.get(head.seq) != head.hash:
        return [Fault(seq=head.seq, reason=f"the head signed at {head.at} knows another one: the chain was rewritten")]
    return []
