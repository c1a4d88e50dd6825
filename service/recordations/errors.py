"""What can go wrong with a recordation besides a rule that it breaks."""

from typing import Any

from service.errors import ServiceError


class UnknownRecordation(ServiceError):
    """No such recordation is in the registry."""

    status = 404


class UnknownHolder(ServiceError):
    """No such right holder is in the registry."""

    status = 404


class VersionMissing(ServiceError):
    """A change must say which version it changes, in the header If-Match."""

    status = 428


class Conflicting(ServiceError):
    """It conflicts with what is in the registry."""

    status = 409

    def __init__(self, detail: str, *, field: str, current: dict[str, Any]) -> None:
        super().__init__(detail, field=field)
        self.current = current

    def members(self) -> dict[str, Any]:
        return {"current": self.current}


class ChangedMeanwhile(Conflicting):
    """Somebody else changed it before."""


class CannotFollow(Conflicting):
    """This cannot happen to it as it stands."""


class NumberTaken(Conflicting):
    """Another recordation has this number."""


class MarkTaken(Conflicting):
    """Another recordation has a mark of this identifier."""


class Overlapping(Conflicting):
    """The same registration is recorded for the same days already."""


class Contradicting(Conflicting):
    """The same registration is recorded for another right holder."""
