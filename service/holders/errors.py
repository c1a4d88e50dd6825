"""What can go wrong with right holders."""

from service.errors import Conflicting, ServiceError


class UnknownHolder(ServiceError):
    """No such right holder is in the registry."""

    status = 404


class HolderKnown(Conflicting):
    """There is a right holder of this name and country already."""
