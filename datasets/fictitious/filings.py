"""A fictitious registry of any size, to be imported: `python -m datasets.fictitious.filings --count 1000 --out r.zip`.

The zip holds `registry.jsonl`, one recordation on each line, and `pictures/`, two of each mark. Right holders, numbers
and parties are invented; most recordations are in force, some are drafts, expiring, expired, lapsed or revoked.
"""

import argparse
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from datasets.fictitious.marks import fictitious_marks
from datasets.fictitious.names import invented
from datasets.fictitious.quick import quick_artwork

DRAWN = 600  # marks that are drawn as SVG; the others are quick
WORDS = 2000  # invented words that titles and names are put together from
MARKS_OF_HOLDER = 6  # on average
COUNTRIES = ("CN", "DE", "FR", "IT", "JP", "KR", "NL", "US")
FORMS = {"CN": "有限公司", "DE": "GmbH", "FR": "S.A.", "IT": "S.r.l.", "JP": "K.K.", "KR": "Co., Ltd.", "NL": "B.V."}
EPOCH = (1980, 1, 1, 0, 0, 0)
TODAY = date(2026, 11, 1)  # the same registry whenever it is made
TERM = 3652  # days, not quite ten years


def filings(count: int, seed: int) -> Iterator[tuple[dict[str, Any], dict[str, bytes]]]:
    """`count` recordations as documents, each with its pictures by name; the same seed gives the same ones."""
    rng = Random(seed)
    words = invented(min(WORDS, max(count, 8)), rng)
    drawn = fictitious_marks(min(count, DRAWN), seed) if count <= DRAWN else []
    holders = [_holder(number, words, rng) for number in range(max(1, count // MARKS_OF_HOLDER))]
    for number in range(count):
        if drawn:
            title = drawn[number].title
            pictures = {".svg": drawn[number].colour.encode(), "-mono.svg": drawn[number].one_colour.encode()}
        else:
            title = f"{rng.choice(words)} {rng.choice(words)}"
            colour, mono = quick_artwork(rng)
            pictures = {".png": colour, "-mono.png": mono}
        named = {f"pictures/{number:07}{ending}": data for ending, data in pictures.items()}
        yield _document(number, title, rng.choice(holders), sorted(named), rng), named


def write_filings(count: int, seed: int, out: Path) -> None:
    """Write the zip. The pictures come first: it is written in one go."""
    lines: list[str] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for document, pictures in filings(count, seed):
            lines.append(json.dumps(document, ensure_ascii=False, sort_keys=True))
            for name, data in pictures.items():
                archive.writestr(zipfile.ZipInfo(name, EPOCH), data)
        entry = zipfile.ZipInfo("registry.jsonl", EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, "\n".join(lines) + "\n")


def _holder(number: int, words: Sequence[str], rng: Random) -> dict[str, Any]:
    country = rng.choice(COUNTRIES)
    name = f"{rng.choice(words)} {rng.choice(words)} {FORMS.get(country, 'Inc.')}"
    identifiers = [{"type": "other", "value": f"H{number:08}"}]
    return {"name": f"{name} {number}", "country": country, "kind": "company", "identifiers": identifiers}


def _document(number: int, title: str, holder: dict[str, Any], pictures: list[str], rng: Random) -> dict[str, Any]:
    classes = sorted(rng.sample(range(1, 35), rng.randint(1, 3)))
    registered = TODAY - timedelta(days=rng.randint(400, 5000))
    mark = {
        "mark_id": f"fictitious-{number:07}",
        "title": title,
        "office": holder["country"],
        "registration_no": f"{10_000_000 + number}",
        "registered_on": registered.isoformat(),
        "vienna": [f"{rng.randint(1, 29):02}.{rng.randint(1, 20):02}" for _ in range(rng.randint(0, 2))],
        "pictures": [{"file": name} for name in pictures],
    }
    document = {
        "jurisdiction": "CN",
        "number": f"T{registered.year}-{number:07}",
        "holder": holder,
        "goods": [{"nice_class": one, "text": f"goods of class {one}"} for one in classes],
        "marks": [mark],
        "authorised_users": [_user(number, n, holder, rng) for n in range(rng.choice((0, 0, 1, 3)))],
    }
    return document | _procedure(rng)


def _user(number: int, n: int, holder: dict[str, Any], rng: Random) -> dict[str, Any]:
    role = rng.choice(("manufacturer", "exporter", "distributor"))
    identifiers = [{"type": "other", "value": f"U{number:07}{n}"}]
    return {"name": f"{holder['name']} {role} {n}", "identifiers": identifiers, "role": role}


def _procedure(rng: Random) -> dict[str, Any]:
    """Nine of ten are approved and in force; the rest shows every other state."""
    state = rng.choices(("approved", "expiring", "expired", "draft", "lapsed", "revoked"), (90, 3, 3, 2, 1, 1))[0]
    if state == "draft":
        return {"status": "draft"}
    left = {"expiring": rng.randint(1, 150), "expired": -rng.randint(1, 900)}.get(state, rng.randint(250, TERM - 30))
    decided = TODAY - timedelta(days=TERM - left)
    ended = {"ended_on": TODAY.isoformat()} if state in ("lapsed", "revoked") else {}
    status = state if ended else "approved"
    return {"status": status, "decided_on": decided.isoformat(), **ended}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the registry that the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m datasets.fictitious.filings", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="zip to write")
    parser.add_argument("--count", type=int, default=1000, help="number of recordations (default 1000)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same registry (default 7)")
    chosen = parser.parse_args(arguments)
    if chosen.count < 1:
        parser.error(f"--count must be at least 1, got {chosen.count}")
    write_filings(chosen.count, chosen.seed, chosen.out)
    sys.stderr.write(f"wrote {chosen.count} recordations to {chosen.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
