"""Files of labels: bounded when they are read, fresh when they are written."""

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, indent, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import ValidationError

from datasets.labels.errors import BadLabels, Problem, shown

LARGEST = 512 * 2**20  # bytes of one file


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file. Raises BadLabels if there is none or it is too large, before it is read."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise BadLabels.one("it is no file", place=str(path), field="file")
        if size > LARGEST:
            limit = f"at most {LARGEST:,} bytes"
            raise BadLabels.one(f"it has {size:,} bytes; {limit} are read", place=str(path), field="file", limit=limit)
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadLabels.one(f"it cannot be read: {reason}", place=str(path), field="file") from error


def one_file(source: Path, name: str) -> Path:
    """`source` itself, or the file in that folder: the one called `name`, or the only one of its kind."""
    if not source.is_dir():
        return source
    if (source / name).is_file():
        return source / name
    ending = Path(name).suffix
    found = sorted(path for path in source.glob(f"*{ending}") if path.is_file())
    if len(found) == 1:
        return found[0]
    others = (
        f"it has {len(found)} others, name one: {', '.join(p.name for p in found[:5])}" if found else "nor any other"
    )
    raise BadLabels.one(f"there is no {name}; {others} ({ending})", place=str(source), field="file")


def new_folder(folder: Path) -> None:
    """Make the folder. Raises BadLabels if something is in it: labels of an earlier time would be mixed in."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BadLabels.one("it is not empty", place=str(folder), field="folder", limit="a new or empty folder")
    except OSError as error:
        raise BadLabels.one(f"it cannot be made: {error.strerror}", place=str(folder), field="folder") from error


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with the line ends as they are, and the folders on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def write_xml(path: Path, root: Element) -> None:
    """Write the tree, indented by two."""
    indent(root)
    write_text(path, '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n")


def read_xml(path: Path, root: str, *, place: str | None = None) -> Element:
    """The tree of a file whose outermost element is `root`. Raises BadLabels; declarations and entities are refused.

    `place` is how messages call it, the file's name if None.
    """
    place = path.name if place is None else place
    try:
        element = fromstring(read_bytes(path), forbid_dtd=True)
    except DefusedXmlException as error:
        detail = f"it is refused: {type(error).__name__}"
        raise BadLabels.one(detail, place=place, field="file", limit="XML without a document type") from error
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding that Python does not know
        raise BadLabels.one(f"it is no XML: {error}", place=place, field="file") from error
    assert isinstance(element, Element)  # noqa: S101  # else it would not have been parsed
    if element.tag != root:
        raise BadLabels.one(f"it begins with <{shown(element.tag)[1:-1]}>, expected <{root}>", place=place)
    return element


def validation_problems(error: ValidationError, place: str) -> list[Problem]:
    """What pydantic says is wrong, each with its place in the file."""
    found = [(".".join(map(str, one["loc"])) or "file", one["msg"]) for one in error.errors(include_input=False)]
    return [Problem(place=place, why=f"{where}: {why}", field=where) for where, why in found]
