"""What can keep a verdict from being reached again."""

from service.errors import ServiceError


class CannotReplay(ServiceError):
    """The verdict cannot be reached again."""

    status = 409
