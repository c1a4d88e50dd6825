"""Which format a file has, from its name and its first bytes; and how each is read."""

import re
from pathlib import Path

from service.exchange.formats import st66, st96, uspto
from service.exchange.formats.jsonlines import read_json
from service.exchange.formats.table import read_csv, read_xlsx
from service.exchange.records import BadExchangeFile, Reader
from service.exchange.schemas import Format

READERS: dict[Format, Reader] = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "json": read_json,
    "st66": st66.read,
    "st96": st96.read,
    "uspto": uspto.read,
}
ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
LOOKED_AT = 4096  # bytes


def format_of(path: Path, name: str) -> Format:
    """The format of a file that was called `name`. Raises BadExchangeFile."""
    with path.open("rb") as file:
        start = file.read(LOOKED_AT)
    body = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith(b"PK"):
        return "xlsx"
    if body.startswith((b"{", b"[")):
        return "json"
    if body.startswith(b"<") or b"\0<" in start[:8]:
        return _of_xml(body)
    if name.lower().endswith((".csv", ".txt", ".tsv")) or b"," in body.split(b"\n", 1)[0]:
        return "csv"
    raise BadExchangeFile(f"{name} is none of the formats", field="file", limit=", ".join(READERS))


def _of_xml(start: bytes) -> Format:
    root = next((match for match in ROOT.findall(start) if not match.startswith(b"?")), b"").decode()
    if "trademark-applications" in root:
        return "uspto"
    if b"wipo.int/standards/XMLSchema/ST96" in start or b"ST96" in start:
        return "st96"
    if root:
        return "st66"
    raise BadExchangeFile("its first element is not found", field="file", limit="ST.66, ST.96 or USPTO XML")
