"""What can be wrong with a search."""

from service.errors import ServiceError


class BadCursor(ServiceError):
    """The cursor is not one of this search."""

    status = 422
