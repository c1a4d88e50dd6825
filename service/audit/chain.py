"""The chain: each entry's hash covers its content and the hash before it: none can be changed, taken out or moved.

A chain alone does not stop whoever can rewrite all of it, or cut its end off: for that its head is signed and kept
elsewhere (`head.py`). Pure.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64  # what the first entry follows
Detail = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that was done, as it is hashed."""

    seq: int  # 1, 2, 3, …
    at: datetime
    actor: str
    action: str
    kind: str  # of what it was done to
    subject: str  # its identifier
    detail: Detail


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """An entry as it is stored."""

    entry: Entry
    previous: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class Head:
    """The last entry of the chain; 0 and GENESIS while it is empty."""

    seq: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Where a chain is not what it was."""

    seq: int
    reason: str


def seal(entry: Entry, previous: str) -> Sealed:
    """The entry with its hash: sha256 over `previous` and the entry in canonical JSON (sorted names, UTF-8)."""
    body = json.dumps(_plain(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Sealed(entry=entry, previous=previous, hash=hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest())


def faults(sealed: Sealed, last: Head) -> Iterator[Fault]:
    """What is wrong with the entry that follows `last` in a chain: gaps, false links and edits."""
    seq, expected = sealed.entry.seq, last.seq + 1
    if seq != expected:
        gone = f"entry {expected} is" if seq == expected + 1 else f"entries {expected} to {seq - 1} are"
        yield Fault(seq=seq, reason=f"before it, {gone} missing")
    elif sealed.previous != last.hash:
        yield Fault(seq=seq, reason="it does not follow the entry before it: one of them was replaced or moved")
    if seal(sealed.entry, sealed.previous).hash != sealed.hash:
        yield Fault(seq=seq, reason="its content is not what was written")


def _plain(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "kind": entry.kind,
        "subject": entry.subject,
        "detail": entry.detail,
    }
