"""What can be wrong with a job."""

from service.errors import ServiceError


class UnknownJob(ServiceError):
    """There is no such job."""

    status = 404


class JobIsOver(ServiceError):
    """The job is over; there is nothing to end."""

    status = 409


class JobStopped(Exception):
    """Whoever does the job is to end: the process stops, or somebody cancelled it."""
