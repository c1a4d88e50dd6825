"""JSON from strangers: no repeated keys, no NaN, no depth that breaks the interpreter."""

import json
from collections import Counter
from typing import Any, NoReturn

from datasets.labels.errors import BadLabels, shown


def parsed(data: bytes | str) -> Any:
    """The values that `data`, UTF-8 if bytes, says. Raises BadLabels with what is wrong."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadLabels.one(f"it is not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise BadLabels.one(
            "it is no JSON that can be read: it is nested too deep", limit="nested less deep"
        ) from error
    except ValueError as error:  # not JSON, or a number of thousands of digits
        raise BadLabels.one(f"it is no JSON: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        repeated, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {shown(repeated)} is given twice")
    return values


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
