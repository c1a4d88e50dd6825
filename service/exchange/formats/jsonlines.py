"""JSON, one recordation on each line (JSON Lines), or a JSON array of them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from service.exchange.records import BadExchangeFile, Defaults, Record, Rejected, record_of

LONGEST = 8 * 2**20  # bytes of one line, and of a file that is an array


def read_json(path: Path, defaults: Defaults) -> Iterator[Record | Rejected]:
    """The recordations of a file. Raises BadExchangeFile."""
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        file.seek(0)
        if start.startswith(b"["):
            yield from _array(file.read(LONGEST + 1), defaults)
            return
        number = 0
        while line := file.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                raise BadExchangeFile(f"line {number} is too long", field="file", limit=f"{LONGEST} bytes")
            if line.strip():
                yield _record(f"line {number}", line, defaults)


def write_json(documents: Iterable[Mapping[str, Any]], file: TextIO) -> None:
    """Write recordations as `documents.document_of` gives them; `read_json` reads the same again."""
    for document in documents:
        file.write(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n")


def _array(data: bytes, defaults: Defaults) -> Iterator[Record | Rejected]:
    if len(data) > LONGEST:
        limit = f"{LONGEST} bytes; write one recordation on each line instead"
        raise BadExchangeFile("the array is too long", field="file", limit=limit)
    try:
        items = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadExchangeFile(f"it is no JSON: {error}", field="file") from error
    for number, item in enumerate(items, 1):
        yield _given(f"item {number}", item, defaults, json.dumps(item, ensure_ascii=False))


def _record(place: str, line: bytes, defaults: Defaults) -> Record | Rejected:
    text = line.decode("utf-8", "replace").strip()
    try:
        return _given(place, json.loads(line), defaults, text)
    except (ValueError, RecursionError) as error:
        return Rejected(place=place, reason=f"it is no JSON: {error}", text=text[:200])


def _given(place: str, item: object, defaults: Defaults, text: str) -> Record | Rejected:
    if not isinstance(item, dict):
        return Rejected(place=place, reason="it is no object", text=text[:200])
    return record_of(place, {"jurisdiction": defaults.jurisdiction, **item, "officer": defaults.officer}, text)
