"""What can go wrong at a station. The first line of each docstring is the message's title."""

from typing import Any


class AgentError(Exception):
    """The station agent could not do what was asked."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def title(self) -> str:
        """The same for each error of this kind."""
        return (type(self).__doc__ or "").strip().splitlines()[0]

    @property
    def code(self) -> str:
        """Kebab-case name, stable for machines: `BadSidecar` -> `bad-sidecar`."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


class BadOptions(AgentError):
    """The agent cannot be run like this."""


class UnsafeServer(AgentError):
    """The key would be sent where others can read it."""


class SpoolBroken(AgentError):
    """The spool cannot be used."""


class SpoolFull(AgentError):
    """The spool is as full as it may be: files stay where they are."""


class UnusableFile(AgentError):
    """The file cannot be sent."""


class UnreadableName(UnusableFile):
    """The name of the file does not say which parcel it shows."""


class BadSidecar(UnusableFile):
    """The sidecar file is not as it should be."""


class EmptyFile(UnusableFile):
    """The file has no bytes."""


class FileTooLarge(UnusableFile):
    """The file is larger than the limit."""


class TooOld(UnusableFile):
    """The scan waited for longer than it may."""


class RefusedByService(UnusableFile):
    """The service will never take this scan."""

    def __init__(self, detail: str, problem: dict[str, Any]) -> None:
        super().__init__(detail)
        self.problem = problem


class NotYet(AgentError):
    """The file is still being written, or cannot be opened now."""
