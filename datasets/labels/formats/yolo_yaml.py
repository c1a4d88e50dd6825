"""The little of YAML that `data.yaml` needs: names of classes, and where the lists of pictures are.

Written strictly, and read strictly for the keys that count: a list or a mapping of names, in a block or in brackets,
plain or quoted. Other keys are passed over. PyYAML is no dependency of ours, and all of YAML is a large door.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from datasets.labels.errors import BadLabels, shown

_KEY = re.compile(r"([A-Za-z_][\w.-]*)\s*:(?:\s+(.*)|)$")
_ENTRY = re.compile(r"\s*(?:-\s+|(\d{1,9})\s*:\s+)(.*)$")
_SCALAR = re.compile(
    r'"((?:[^"\\]|\\.)*)"|' + r"'((?:[^']|'')*)'|([^\"'\[\]{},#&*!|>%@`][^\[\]{},]*?)(?=\s*(?:[,\]}]|$))"
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\", "/": "/", " ": " ", "e": "\x1b"}


def quoted(text: str) -> str:
    """A text in double quotes, with all that is not printable escaped."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def names_of(text: str) -> dict[int, str]:
    """The classes by their number. Raises BadLabels with the line that cannot be read."""
    lines = _values(text).get("names")
    if lines is None:
        raise BadLabels.one("it has no names", field="names", limit="names of the classes as a list or mapping")
    first, *rest = lines
    pairs = _inline(" ".join(line.strip() for line in lines).strip()) if first.strip() else _block(rest)
    names: dict[int, str] = {}
    for position, (number, name) in enumerate(pairs):
        key = position if number is None else number
        if key in names:
            raise BadLabels.one(f"class {key} is named twice", field="names", limit="each class once")
        names[key] = name
    return names


def lists_of(text: str) -> list[str]:
    """What is said after train, val and test: files or folders, in this order; values of other kinds are left out."""
    values = _values(text)
    found = []
    for key in ("train", "val", "test"):
        first = values.get(key, [""])[0].strip()
        if first and not first.startswith("["):
            found.append(_scalar(first))
    return found


def _values(text: str) -> Mapping[str, Sequence[str]]:
    """What follows each key of the outermost level: the rest of its line, and the lines below it."""
    values: dict[str, list[str]] = {}
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        bare = _bare(line.removesuffix("\r"))
        matched = _KEY.match(bare)
        if matched:
            if matched[1] in values:
                raise BadLabels.one(f"line {number}: the key {shown(matched[1])} is given twice", field=matched[1])
            values[matched[1]] = lines = [matched[2] or ""]
        elif bare.strip() and bare.strip() not in ("---", "..."):
            lines.append(bare)
    return values


def _bare(line: str) -> str:
    """The line without its comment: a # at its begin or after a space, outside quotes."""
    quote = ""
    for place, character in enumerate(line):
        if quote:
            escaped = quote == '"' and (len(line[:place]) - len(line[:place].rstrip("\\"))) % 2
            quote = "" if character == quote and not escaped else quote
        elif character in "\"'" and (place == 0 or line[place - 1] in " [{,:'"):
            quote = character
        elif character == "#" and (place == 0 or line[place - 1] in " \t"):
            return line[:place]
    return line


def _block(lines: Sequence[str]) -> Iterator[tuple[int | None, str]]:
    for line in lines:
        matched = _ENTRY.match(line)
        if matched is None:
            raise BadLabels.one(f"names: {shown(line)} cannot be read", field="names", limit="'0: name' or '- name'")
        yield (None if matched[1] is None else int(matched[1])), _scalar(matched[2])


def _inline(text: str) -> Iterator[tuple[int | None, str]]:
    """`[a, b]` or `{0: a, 1: b}`."""
    if (text[:1], text[-1:]) not in (("[", "]"), ("{", "}")):
        raise BadLabels.one(f"names: {shown(text)} cannot be read", field="names", limit="[a, b] or {0: a, 1: b}")
    mapping, rest = text[0] == "{", text[1:-1].strip()
    while rest:
        number = re.match(r"(\d{1,9})\s*:\s+", rest) if mapping else None
        if mapping and number is None:
            raise BadLabels.one(f"names: {shown(rest)} cannot be read", field="names", limit="{0: a, 1: b}")
        rest = rest[number.end() :] if number else rest
        matched = _SCALAR.match(rest)
        if matched is None:
            raise BadLabels.one(f"names: {shown(rest)} cannot be read", field="names", limit="plain or quoted names")
        yield (int(number[1]) if number else None), _unquoted(matched)
        rest = rest[matched.end() :].strip()
        if rest and not rest.startswith(","):
            raise BadLabels.one(f"names: {shown(rest)} cannot be read", field="names", limit="a comma between names")
        rest = rest[1:].strip()


def _scalar(text: str) -> str:
    """One text that is the whole value; a plain one may hold brackets and commas."""
    text = text.strip()
    matched = _SCALAR.fullmatch(text)
    if matched is not None:
        return _unquoted(matched)
    if text[:1] in set("\"'[]{}#&*!|>%@`,") or not text:
        raise BadLabels.one(f"{shown(text)} cannot be read", field="data.yaml", limit="a plain or quoted text")
    return text


def _unquoted(matched: re.Match[str]) -> str:
    double, single, plain = matched.groups()
    if double is not None:
        return _ESCAPE.sub(_meant, double)
    return single.replace("''", "'") if single is not None else plain.strip()


def _meant(matched: re.Match[str]) -> str:
    *codes, short = matched.groups()
    code = next((code for code in codes if code is not None), None)
    try:
        return chr(int(code, 16)) if code is not None else _SHORT[short]
    except (KeyError, ValueError, OverflowError) as error:
        raise BadLabels.one(f"the escape {shown(matched[0])} is unknown", field="data.yaml") from error
