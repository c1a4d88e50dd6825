"""What can go wrong with the audit."""

from service.errors import ServiceError


class BadKey(ServiceError):
    """The key for signing the audit's head cannot be used."""

    status = 422


class BadHead(ServiceError):
    """The file is no signed head of the audit."""

    status = 422


class NoAudit(ServiceError):
    """The database has no audit."""

    status = 404
