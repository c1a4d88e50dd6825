"""Showing alerts."""

from service.alerts import repository
from service.alerts.answers import alert_out
from service.alerts.schemas import AlertOut, AlertPage, Status
from service.clock import Clock
from service.database import Database
from service.errors import UnknownAlert
from service.tables import AlertRow


class AlertService:
    """Shows alerts to officers. `within` is an office, whose alerts alone are there; None for all."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def get(self, alert_id: str, *, within: str | None = None) -> AlertOut:
        """One alert. Raises UnknownAlert."""
        with self._database.read() as session:
            return alert_out(found(repository.find(session, alert_id, within=within), alert_id), self._clock())

    def page(
        self,
        *,
        within: str | None = None,
        status: Status | None,
        station: str | None,
        holder: str | None,
        cursor: str | None,
        limit: int,
    ) -> AlertPage:
        """Up to `limit` alerts, newest first, after `cursor`."""
        with self._database.read() as session:
            rows = repository.page(
                session,
                within=within,
                status=status,
                station=station,
                holder=holder,
                before=cursor,
                limit=limit + 1,
            )
            items = [alert_out(row, self._clock()) for row in rows[:limit]]
        return AlertPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)


def found(row: AlertRow | None, alert_id: str) -> AlertRow:
    """The alert, or UnknownAlert is raised."""
    if row is None:
        raise UnknownAlert(f"no alert {alert_id!r} is stored", field="alert_id")
    return row
