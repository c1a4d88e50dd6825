"""What can go wrong with the audit."""

from service.errors import ServiceError


class BadHead(ServiceError):
    """The file is no signed head of the audit."""

    status = 422


class NoAudit(ServiceError):
    """The database has no audit."""

    status = 404
