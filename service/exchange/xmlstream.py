"""Records of large XML files, one at a time: hardened against hostile files, flat in memory over gigabytes.

Document types, entities and external references are refused (defusedxml); so is what is nested too deep or too large.
Names are compared without their namespace.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from service.exchange.records import BadExchangeFile

DEEPEST = 100
LARGEST = 8 * 2**20  # bytes of one record, as it is written
DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*|[+Z-].*)?")


def records(path: Path, name: str) -> Iterator[Element]:
    """The elements called `name`, each whole; it must not be kept. Raises BadExchangeFile with where it broke."""
    number = 0
    try:
        for element in _elements(path, name):
            number += 1
            yield element
    except ParseError as error:
        detail = f"it is no XML from line {error.position[0]} on, after {number} records: {error}"
        raise BadExchangeFile(detail, field="file") from error
    except (DefusedXmlException, UnicodeDecodeError, LookupError, ValueError) as error:
        reason = type(error).__name__ if isinstance(error, DefusedXmlException) else str(error)
        raise BadExchangeFile(f"it is refused after {number} records: {reason}", field="file") from error
    if number == 0:
        raise BadExchangeFile(f"it has no element {name!r}", field="file")


def _elements(path: Path, name: str) -> Iterator[Element]:
    stack: list[Element] = []
    inside = 0  # how deep in wanted elements
    with path.open("rb") as file:
        counted = _Counted(file)
        for event, element in iterparse(counted, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                stack.append(element)
                inside += local(element) == name
                if len(stack) > DEEPEST:
                    raise ValueError(f"an element is nested deeper than {DEEPEST}")
                continue
            stack.pop()
            if local(element) == name:
                inside -= 1
                if not inside:
                    yield element
            if not inside:
                counted.since = 0
                element.clear()
                if stack:
                    stack[-1].remove(element)  # else the root would keep an empty element for each record


class _Counted:
    """A file that is read no further than a record may be long: the parser would keep it all in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.since = 0  # bytes read since the last record

    def read(self, size: int) -> bytes:
        """The next bytes. Raises ValueError if there are too many without a record."""
        data = self._file.read(size)
        self.since += len(data)
        if self.since > LARGEST:
            raise ValueError(f"a record is larger than {LARGEST} bytes")
        return data


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rsplit("}", 1)[-1]


def every(element: Element, *path: str) -> Iterator[Element]:
    """All elements below that a path of names leads to; between two names there may be others."""
    if not path:
        yield element
        return
    for child in element:
        if local(child) == path[0]:
            yield from every(child, *path[1:])
        else:
            yield from every(child, *path)


def text(element: Element, *path: str) -> str | None:
    """The text of the first element that a path leads to and that has any."""
    found = (" ".join("".join(one.itertext()).split()) for one in every(element, *path))
    return next((one for one in found if one), None)


def texts(element: Element, *path: str) -> list[str]:
    """The texts of all elements that a path leads to, each once."""
    found = (" ".join("".join(one.itertext()).split()) for one in every(element, *path))
    return list(dict.fromkeys(one for one in found if one))


def day(element: Element, *path: str) -> date | None:
    """The date an element holds, as 20260302 or 2026-03-02, whatever time follows; None if it holds none."""
    matched = DAY.fullmatch(text(element, *path) or "")
    if matched is None:
        return None
    try:
        return date(*(int(part) for part in matched.groups()))
    except ValueError:
        return None
