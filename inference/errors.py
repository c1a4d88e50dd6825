"""One error root. The docstring of each class is the message's first sentence; `status` is its HTTP status.

An error is an answer: it names the field, what was given and the limit it broke. The service renders every
`TidewaiterError` as RFC 9457 problem+json; the command line prints `str(error)`.
"""

from typing import ClassVar


class TidewaiterError(Exception):
    """Tidewaiter could not do what was asked."""

    status: ClassVar[int] = 500

    def __init__(self, detail: str, *, field: str | None = None, limit: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.limit = limit

    @property
    def title(self) -> str:
        """The first line of the class's docstring: the same for each error of this kind."""
        return (type(self).__doc__ or "").strip().splitlines()[0]

    @property
    def code(self) -> str:
        """Kebab-case name of this kind of error, stable for machines: `ImageTooLarge` -> `image-too-large`."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


class BadImage(TidewaiterError):
    """The image cannot be used."""

    status = 422


class EmptyImage(BadImage):
    """The image has no bytes."""


class UnsupportedImage(BadImage):
    """The bytes are not an image of a supported type."""

    status = 415


class ImageTooLarge(BadImage):
    """The image is larger than the limit."""

    status = 413


class BrokenImage(BadImage):
    """The image is damaged or incomplete."""


class BadArtwork(TidewaiterError):
    """The artwork cannot be used."""

    status = 422


class UnsafeArtwork(BadArtwork):
    """The artwork asks for something that is not allowed in it."""


class UnreadableFont(TidewaiterError):
    """The font file cannot be read."""


class BadRegistryTable(TidewaiterError):
    """The registry table has rows that cannot be used."""

    status = 422


class BadBundle(TidewaiterError):
    """The model bundle cannot be trusted or read."""


class UnknownMark(TidewaiterError):
    """No such mark is in the registry."""

    status = 404
