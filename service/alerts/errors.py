"""What can be wrong about a decision."""

from service.errors import OvertakenAlert, ServiceError


class ClaimedByOther(OvertakenAlert):
    """Another officer is looking at this alert."""


class NotUndoable(OvertakenAlert):
    """The decision cannot be undone: its time is over, or there is none that stands."""


class NotProposed(OvertakenAlert):
    """Nothing is waiting for a second officer here."""


class ReasonNeeded(ServiceError):
    """This outcome needs one of its reasons."""

    status = 422


class SampleNeeded(ServiceError):
    """Some of a selection, drawn by lot, have to be looked at before all of it is decided."""

    status = 422


class NothingSeen(ServiceError):
    """Nothing suspicious was seen on the photographs: they can be no test."""

    status = 422


class TooManyPages(ServiceError):
    """As many pages follow the worklist as this process takes; try again later."""

    status = 503

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "30"}


class SameOfficer(ServiceError):
    """Whoever proposed a decision cannot be the second officer who agrees."""

    status = 403


class Recused(ServiceError):
    """The officer has declared to have nothing to do with this alert."""

    status = 403


class NotYourDecision(ServiceError):
    """Only the officer who decided can undo it."""

    status = 403
