"""What can be wrong about a question on drift."""

from service.errors import Conflicting, ServiceError


class UnknownDriftAlarm(ServiceError):
    """There is no such drift alarm."""

    status = 404


class AlarmNotOpen(Conflicting):
    """The drift alarm is not open any more: somebody has acknowledged it, or it is over."""
