"""What can be wrong with law that was entered as data."""

from service.errors import ServiceError


class BadLaw(ServiceError):
    """A calendar or profile cannot be used."""


class UnknownLaw(ServiceError):
    """No rules are known for this."""

    status = 422
