"""What can keep a release from being added, approved or rolled out."""

from service.errors import ServiceError


class UnknownRelease(ServiceError):
    """There is no such release of models."""

    status = 404


class NotApproved(ServiceError):
    """The release has not been approved by enough people."""

    status = 409


class SaidAlready(ServiceError):
    """Who approved or refused a release cannot be the second one to do so."""

    status = 409


class NotPossibleNow(ServiceError):
    """The roll-out is not where this step can be taken."""

    status = 409


class NothingToGoBackTo(ServiceError):
    """There is no release before this one."""

    status = 409


class BadThresholds(ServiceError):
    """The thresholds cannot be."""

    status = 422
