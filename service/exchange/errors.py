"""What can go wrong with jobs."""

from service.errors import ServiceError


class UnknownJob(ServiceError):
    """No such job is known."""

    status = 404


class NoFileYet(ServiceError):
    """The job has no such file, or not yet."""

    status = 404


class Unusable(ServiceError):
    """A recordation cannot be imported."""

    status = 422
