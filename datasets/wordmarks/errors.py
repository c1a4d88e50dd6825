"""What can be wrong with fonts."""

from inference.errors import TidewaiterError


class NoFonts(TidewaiterError):
    """The folder has no fonts that words can be set in."""
