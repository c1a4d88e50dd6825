"""What the service can answer besides success; each kind has its HTTP status, extra members and headers."""

from typing import Any

from inference.errors import TidewaiterError


class ServiceError(TidewaiterError):
    """The service could not do what was asked."""

    def members(self) -> dict[str, Any]:
        """Extra members of the problem document."""
        return {}

    def headers(self) -> dict[str, str]:
        """Extra headers of the answer."""
        return {}


class BadSettings(ServiceError):
    """A setting is unknown or has a value that cannot be used."""


class UnsafeAddress(ServiceError):
    """The service does not bind to an address that others reach without TLS in front of it."""


class CannotStart(ServiceError):
    """The command could not be carried out on this machine."""


class InvalidRequest(ServiceError):
    """The request has a part that is missing, unknown or not as it should be."""

    status = 422


class BrokenBody(ServiceError):
    """The body of the request cannot be read."""

    status = 400


class UnsupportedBody(ServiceError):
    """The body of the request is not of a supported type."""

    status = 415


class BodyTooLarge(ServiceError):
    """The body of the request is larger than the limit."""

    status = 413


class ForeignHost(ServiceError):
    """The request was not addressed to this machine by a loopback name."""

    status = 421


class UnknownPage(ServiceError):
    """There is no such page."""

    status = 404


class UnknownScan(ServiceError):
    """No such scan is stored."""

    status = 404


class UnknownView(ServiceError):
    """No such view belongs to this scan."""

    status = 404


class UnknownAlert(ServiceError):
    """No such alert is stored."""

    status = 404


class Conflicting(ServiceError):
    """It conflicts with what is in the registry."""

    status = 409

    def __init__(self, detail: str, *, field: str, current: dict[str, Any]) -> None:
        super().__init__(detail, field=field)
        self.current = current

    def members(self) -> dict[str, Any]:
        return {"current": self.current}


class OvertakenAlert(Conflicting):
    """An alert is not as the caller believed; the answer carries how it is."""

    def __init__(self, detail: str, *, current: dict[str, Any]) -> None:
        super().__init__(detail, field="alert_id", current=current)


class AlreadyDecided(OvertakenAlert):
    """Somebody decided this alert before."""


class ChangedMeanwhile(Conflicting):
    """Somebody else changed it before."""


class Overloaded(ServiceError):
    """More scans are waiting than the service takes; try again later."""

    status = 503

    def __init__(self, *, waiting: int, room: int, retry_after: int) -> None:
        super().__init__(f"{waiting} scans are waiting or being inspected", field="queue", limit=f"{room} scans")
        self.waiting, self.room, self.retry_after = waiting, room, retry_after

    def members(self) -> dict[str, Any]:
        return {"waiting": self.waiting, "room": self.room}

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class LaneFull(Overloaded):
    """The room that is left is kept for more urgent scans; try again later."""

    status = 429

    def __init__(self, lane: str, *, waiting: int, room: int, retry_after: int) -> None:
        super().__init__(waiting=waiting, room=room, retry_after=retry_after)
        self.lane = lane

    def members(self) -> dict[str, Any]:
        return {**super().members(), "lane": self.lane}


class InspectionFailed(ServiceError):
    """The scan is stored, but its inspection failed; post it again to have it inspected again."""


class StorageFull(ServiceError):
    """The disk is full, or cannot be written to: nothing was taken, and nothing that was taken is lost."""

    status = 507

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "30"}


class DatabaseAway(ServiceError):
    """The database cannot be reached now."""

    status = 503

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


class NotReady(ServiceError):
    """The service cannot take scans now."""

    status = 503

    def __init__(self, checks: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in checks.items() if text != "ok"))
        self.checks = checks

    def members(self) -> dict[str, Any]:
        return {"checks": self.checks}

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}
