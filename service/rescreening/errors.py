"""What can keep past scans from being looked through again."""

from service.errors import ServiceError


class NothingToCompare(ServiceError):
    """The mark has no picture that past scans can be compared with."""

    status = 409


class TooManyMarks(ServiceError):
    """More marks than are looked for in one go."""

    status = 422


class Stopped(ServiceError):
    """It was stopped before it was done."""

    status = 409
