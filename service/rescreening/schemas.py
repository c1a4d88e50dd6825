"""What is asked of the archive."""

from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError, model_validator

from service.archive.repository import Window
from service.errors import InvalidRequest
from service.problems import field_name
from service.schemas import Incoming, Name

MarkId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Asked = TypeVar("Asked", bound="Span")


class Span(Incoming):
    """Past scans: of an office, or all; received since a moment (included), until another (not)."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    office: Name | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since must be before until")
        return self

    @property
    def window(self) -> Window:
        """The moments."""
        return Window(since=self.since, until=self.until)


class RescreenOptions(Span):
    """Look for one mark, or for all that were recorded or changed since a moment."""

    mark_id: MarkId | None = None
    recorded_since: AwareDatetime | None = None
    least: float | None = Field(default=None, ge=0, le=1, description="The score from which it is told; else as ever.")

    @model_validator(mode="after")
    def _check_marks(self) -> Self:
        if (self.mark_id is None) == (self.recorded_since is None):
            raise ValueError("either mark_id or recorded_since must be given, and not both")
        return self


class ReembedOptions(Span):
    """Look again at stored scans that the present models have not seen."""


class ChangesOptions(Span):
    """Say of which scans the present models would say something else than what was said."""


def options_of(kind: type[Asked], document: dict[str, Any]) -> Asked:
    """The options of a job. Raises InvalidRequest."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidRequest(f"options: {first['msg']}", field=field_name(first["loc"][-1:]) or "options") from error


def iso(moment: datetime | None) -> str | None:
    """A moment as results say it."""
    return None if moment is None else moment.isoformat()
