"""Saved views: a worklist's filters under a name, for one officer."""

from collections.abc import Mapping

from sqlalchemy import delete, func, select

from service.alerts.worklist import Filters
from service.database import Database
from service.errors import InvalidRequest
from service.tables import SavedViewRow

MOST = 50


class SavedViews:
    """Keeps and forgets them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, account_id: str) -> Mapping[str, Filters]:
        """By name."""
        query = select(SavedViewRow).where(SavedViewRow.account_id == account_id).order_by(SavedViewRow.name)
        with self._database.read() as session:
            return {row.name: Filters(**row.filters) for row in session.execute(query).scalars()}

    def save(self, account_id: str, name: str, filters: Filters) -> None:
        """Keep one, or replace it. Raises InvalidRequest if there are too many."""
        with self._database.write() as session:
            owned = select(func.count()).where(SavedViewRow.account_id == account_id, SavedViewRow.name != name)
            if session.execute(owned).scalar_one() >= MOST:
                raise InvalidRequest(f"{MOST} views are saved", field="name", limit=f"{MOST} views")
            session.merge(SavedViewRow(account_id=account_id, name=name, filters=filters.given()))

    def remove(self, account_id: str, name: str) -> None:
        """Forget one."""
        with self._database.write() as session:
            session.execute(
                delete(SavedViewRow).where(SavedViewRow.account_id == account_id, SavedViewRow.name == name)
            )
