"""What can be wrong beside the bundle itself, for which there is `inference.errors.BadBundle`."""

from inference.errors import TidewaiterError


class BadSigningKey(TidewaiterError):
    """A signing key cannot be made or read."""

    status = 422
