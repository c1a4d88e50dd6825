"""What can be wrong about telling other systems."""

from service.errors import ServiceError


class UnknownSubscription(ServiceError):
    """No such subscription exists."""

    status = 404


class UnknownDelivery(ServiceError):
    """No such delivery exists."""

    status = 404


class BadAddress(ServiceError):
    """This is no address that can be told something."""

    status = 422


class ForbiddenAddress(ServiceError):
    """This address may not be told anything, unless an administrator allows private ones."""

    status = 422


class MqttMissing(ServiceError):
    """MQTT needs an extra package: install `tidewaiter[mqtt]`."""

    status = 422


class WrongEventsKey(ServiceError):
    """The key of the webhooks' secrets is another one than they were sealed with."""
