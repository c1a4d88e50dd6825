"""What can be wrong with a version of a set, or with what one is to be made of."""

from collections.abc import Sequence

from inference.errors import TidewaiterError

SHOWN = 20  # problems listed in one message


class BadVersion(TidewaiterError):
    """The dataset version cannot be used."""

    status = 422


class VersionExists(TidewaiterError):
    """A dataset version is never overwritten."""

    status = 409


class NothingToLearn(TidewaiterError):
    """No picture is left to learn from."""

    status = 422


class NotRedacted(TidewaiterError):
    """Names and addresses on the picture could not be made unreadable."""

    status = 422


def listed(problems: Sequence[str]) -> str:
    """The first problems in one line, and how many more there are."""
    more = [f"... and {len(problems) - SHOWN:,} more"] if len(problems) > SHOWN else []
    return "; ".join([*problems[:SHOWN], *more])
