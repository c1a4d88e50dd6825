"""Sets stations up, and hears how they are doing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.identity import repository as identity
from service.identity.errors import UnknownOffice, WrongStation
from service.identity.principal import Principal
from service.pool import InspectionPool
from service.scans.declarations import Mode
from service.stations import repository
from service.stations.policy import Failing, Policy, Terms
from service.stations.schemas import Heartbeat, HeartbeatOut, PolicyOut, QueueOut, StateOut, StationOut
from service.tables import StationRow

SILENT = timedelta(seconds=120)  # four heartbeats
SKEW = "clock_skew_ms"


class StationService:
    """Knows the stations."""

    def __init__(self, *, database: Database, pool: InspectionPool | None, clock: Clock) -> None:
        """Without a `pool`, it hears no heartbeats: on the command line."""
        self._database, self._pool, self._clock = database, pool, clock

    def set_up(self, name: str, office: str, terms: Terms, *, by: str) -> None:
        """Say which office a station belongs to, and on which terms it works; entered in the audit with what was.

        Raises UnknownOffice.
        """
        with self._database.write() as session:
            if identity.office(session, office) is None:
                known = ", ".join(row.id for row in identity.offices(session))
                raise UnknownOffice(f"{office!r}", field="office", limit=known)
            before = repository.find(session, name)
            was = None if before is None else {"office": before.office, **_document(repository.terms_of(before))}
            row = StationRow(name=name, office=office) if before is None else before
            row.office, row.answer_within_ms, row.officer_answers = (
                office,
                terms.answer_within_ms,
                terms.officer_answers,
            )
            row.failing, row.failing_by_mode = (
                terms.policy.default,
                {str(mode): failing for mode, failing in terms.policy.modes.items()} or None,
            )
            session.add(row)
            detail = {"office": office, **_document(terms), "before": was}
            audit.append(session, Act(actor=by, action="set_up", kind="station", subject=name, detail=detail))

    def terms(self, name: str) -> Terms:
        """On which terms a station works."""
        with self._database.read() as session:
            return repository.terms(session, name)

    def beat(self, name: str, said: Heartbeat, who: Principal) -> HeartbeatOut:
        """Keep what a station says about itself, and tell it its terms. Raises WrongStation."""
        if who.station not in (None, name):
            raise WrongStation(f"{who.station!r} spoke for {name!r}", field="station")
        now = self._clock()
        skew = round((said.sent_at - now).total_seconds() * 1000)
        with self._database.write() as session:
            row = repository.find(session, name)
            if row is None:
                row = StationRow(name=name, office=who.office or identity.FIRST_OFFICE, failing=Policy().default)
                row.officer_answers = False
                session.add(row)
            if who.office not in (None, row.office):
                raise WrongStation(f"station {name!r} belongs to another office", field="station")
            repository.beat(session, row, now, said.model_dump(mode="json") | {SKEW: skew})
            terms = repository.terms_of(row)
        waiting, room = (0, 0) if self._pool is None else self._pool.fill
        return HeartbeatOut(
            server_time=now,
            clock_skew_ms=skew,
            answer_within_ms=terms.answer_within_ms,
            policy=_policy_out(terms.policy),
            queue=QueueOut(waiting=waiting, room=room),
        )

    def list(self, office: str | None = None, station: str | None = None) -> list[StationOut]:
        """The stations of an office, or one of them, by name."""
        with self._database.read() as session:
            rows = repository.page(session, office)
        return [self._out(row) for row in rows if station in (None, row.name)]

    def _out(self, row: StationRow) -> StationOut:
        terms = repository.terms_of(row)
        document = dict(row.heartbeat or {})
        skew = document.pop(SKEW, None)
        said = Heartbeat.model_validate(document) if document else None
        state: StateOut = "unknown" if said is None else said.state
        if row.heartbeat_at is not None and self._clock() - row.heartbeat_at > SILENT:
            state = "silent"
        return StationOut(
            name=row.name,
            office=row.office,
            state=state,
            answer_within_ms=terms.answer_within_ms,
            policy=_policy_out(terms.policy),
            officer_answers=terms.officer_answers,
            heartbeat_at=row.heartbeat_at,
            clock_skew_ms=skew,
            heartbeat=said,
        )


def terms_with(
    before: Terms,
    *,
    failing: Failing | None = None,
    by_mode: Mapping[Mode, Failing] | None = None,
    answer_within_ms: int | None = None,
    officer_answers: bool | None = None,
) -> Terms:
    """`before`, but for what is given."""
    return Terms(
        policy=Policy(
            default=before.policy.default if failing is None else failing,
            modes={**before.policy.modes, **(by_mode or {})},
        ),
        answer_within_ms=before.answer_within_ms if answer_within_ms is None else answer_within_ms,
        officer_answers=before.officer_answers if officer_answers is None else officer_answers,
    )


def _document(terms: Terms) -> dict[str, Any]:
    return {
        "policy": terms.policy.default,
        "modes": dict(terms.policy.modes),
        "answer_within_ms": terms.answer_within_ms,
        "officer_answers": terms.officer_answers,
    }


def _policy_out(policy: Policy) -> PolicyOut:
    return PolicyOut(default=policy.default, modes=dict(policy.modes))
