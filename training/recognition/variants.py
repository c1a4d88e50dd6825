"""Inspectors that differ in one part from the shipped one, and parts that look once though many inspectors ask.

shared = copied(inspector, **remembering(inspector))
unread = copied(shared, reader=None)
"""

import copy
import functools
import hashlib
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np

from inference.inspector import Inspector, Reads
from inference.lines import Lines
from inference.reader import QUICK, Limits
from inference.vocabulary import Boxes, Image, Reading

LOOKING = ("detector", "embedder", "reader", "fitter")  # the parts whose work depends on the picture alone


def has(inspector: Inspector, part: str) -> bool:
    """Whether the inspector has this part: inspectors of older releases lack some, and a part may be None."""
    return getattr(inspector, part, None) is not None


def copied(inspector: Inspector, **parts: object) -> Inspector:
    """The same inspector with other `parts`, like `dataclasses.replace`; None leaves a part out.

    All else is shared, the gallery too unless it is among the parts. Raises AttributeError for a part that the
    inspector does not know.
    """
    made = copy.copy(inspector)
    for name, part in parts.items():
        if not hasattr(inspector, name):
            raise AttributeError(f"an inspector has no part {name!r}")
        setattr(made, name, part)
    return made


def remembering(inspector: Inspector) -> dict[str, "Remembering"]:
    """Parts that remember, in the place of the inspector's own, for all its variants to share."""
    return {name: Remembering(getattr(inspector, name)) for name in LOOKING if has(inspector, name)}


class Inside:
    """A reader that tells what stands in a box and around its rim, not what stands beside it."""

    def __init__(self, reader: Reads) -> None:
        self._reader = reader

    @property
    def sha256(self) -> dict[str, str]:
        """Identity of the reader's models, by their roles."""
        return self._reader.sha256

    def find(self, image: Image) -> Lines:
        """See `Reads.find`."""
        return self._reader.find(image)

    def read(
        self, image: Image, boxes: Boxes, limits: Limits = QUICK, found: Lines | None = None
    ) -> list[tuple[Reading, ...]]:
        """See `Reads.read`."""
        read = self._reader.read(image, boxes, limits, found)
        return [tuple(reading for reading in own if reading.place != "beside") for own in read]


def reading_inside(inspector: Inspector) -> Inspector:
    """The same inspector, whose reader tells nothing that stands beside a box."""
    return copied(inspector, reader=None if inspector.reader is None else Inside(inspector.reader))


class Remembering:
    """A part of an inspector whose methods, called again with the same pixels and numbers, answer from memory.

    It stands for parts whose methods change nothing. Whoever goes on to the next picture calls `forget`.
    """

    def __init__(self, part: object) -> None:
        self._part = part
        self._known: dict[Hashable, Any] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        found = getattr(self._part, name)
        return functools.partial(self._answer, name, found) if callable(found) else found

    def forget(self) -> None:
        """Forget all answers."""
        self._known.clear()

    def _answer(self, name: str, method: Callable[..., Any], *given: object, **named: object) -> Any:  # noqa: ANN401
        key = (name, _key(given), _key(named))
        if key not in self._known:
            self._known[key] = method(*given, **named)
        return self._known[key]


def _key(given: object) -> Hashable:
    """What makes two arguments the same; raises TypeError for what cannot be compared."""
    if isinstance(given, np.ndarray):
        content = hashlib.blake2b(np.ascontiguousarray(given).data, digest_size=16).digest()
        return (given.shape, given.dtype.str, content)
    if isinstance(given, Mapping):
        return tuple(sorted((name, _key(value)) for name, value in given.items()))
    if isinstance(given, list | tuple):
        return tuple(_key(value) for value in given)
    if isinstance(given, Lines):
        return ("lines", _key(given.quads), _key(given.chances))
    hash(given)
    return (type(given), given)
