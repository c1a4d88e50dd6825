"""What can be wrong with a post of a scan, besides its images."""

from service.errors import InvalidRequest, ServiceError


class IdempotencyKeyReused(ServiceError):
    """This Idempotency-Key came with another scan within the last 24 hours."""

    status = 422


class StillInProgress(ServiceError):
    """The first post with this Idempotency-Key is not answered yet; ask again in a moment."""

    status = 409

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class FalseHash(InvalidRequest):
    """An image is not the one that the metadata describes."""


class ViewsMiscounted(InvalidRequest):
    """The metadata describes another number of images than came."""
