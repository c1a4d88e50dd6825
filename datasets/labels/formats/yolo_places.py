"""Where a YOLO set keeps things: tools agree on the lines, and not on the folders."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from datasets.labels.errors import BadLabels
from datasets.labels.formats.files import read_bytes
from datasets.labels.formats.yolo_yaml import lists_of, names_of

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_NAMES = ("data.yaml", "dataset.yaml", "data.yml")
_PLAIN_NAMES = ("classes.txt", "obj.names")  # one name a line, as LabelImg and darknet write them
_LABELS, _IMAGES = "labels", "images"


def names_in(root: Path, chosen: Path | None) -> dict[int, str]:
    """The classes by their number, of a data.yaml or of a list of names. Raises BadLabels if there is none."""
    for path in (chosen,) if chosen else tuple(root / name for name in _NAMES):
        if path.is_file():
            try:
                return names_of(_text(path))
            except BadLabels as error:
                raise BadLabels(error.at(path.name)) from error
    for path in (*(root / name for name in _PLAIN_NAMES), root / _LABELS / _PLAIN_NAMES[0]):
        if path.is_file():
            return dict(enumerate(line.strip() for line in _text(path).splitlines() if line.strip()))
    limit = ", ".join((*_NAMES[:1], *_PLAIN_NAMES))
    raise BadLabels.one(f"it has no names of classes ({limit})", place=str(root), field="names", limit=limit)


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadLabels.one(f"it is not UTF-8 at byte {error.start}", place=path.name, field="file") from error


class Places:
    """The pictures of one set and their text files."""

    def __init__(self, root: Path, pictures: Path | None, ours: Sequence[str]) -> None:
        self._root = root
        self._ours = ours
        self.pictures = pictures or (root / _IMAGES if (root / _IMAGES).is_dir() else root)
        self._used: set[Path] = set()

    def file_names(self) -> list[str]:
        """The pictures as the lists name them; without lists those of our records, or those that are there.

        Raises BadLabels if there are none, or if there are text files no longer for the pictures of our records.
        """
        listed = self._listed()
        if self._ours and not (self._root / _LABELS).is_dir():
            raise BadLabels.one("it has records, but no folder 'labels'", place=str(self._root), field="file")
        if listed is not None:
            return list(dict.fromkeys(listed))
        if self._ours:
            return list(self._ours)
        if not self.pictures.is_dir():
            raise BadLabels.one("there is no folder of pictures", place=str(self.pictures), field="pictures")
        found = sorted(p for p in self.pictures.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())
        if not found:
            limit = f"pictures ending in {', '.join(PICTURES)}"
            raise BadLabels.one("there are no pictures", place=str(self.pictures), field="pictures", limit=limit)
        return [path.relative_to(self.pictures).as_posix() for path in found]

    def _listed(self) -> list[str] | None:
        """What the text files after train, val and test list; None if there is no such file."""
        paths = [self._root / name for name in _NAMES if (self._root / name).is_file()]
        files = [entry for path in paths[:1] for entry in lists_of(_text(path)) if entry.endswith(".txt")]
        names: list[str] | None = None
        for entry in dict.fromkeys(files):
            path = (self._root / entry).resolve()
            if not path.is_relative_to(self._root.resolve()):
                why = f"its list {entry!r} is outside the set's folder"
                raise BadLabels.one(why, place=paths[0].name, field="train", limit="lists inside the set's folder")
            lines = _text(path).split("\n")
            names = (names or []) + [_relative(line) for line in lines if line.strip()]
        return names

    def text_of(self, file_name: str) -> tuple[Path | None, str]:
        """The text file of a picture, None if it has none and so no labels; and how it is called in messages."""
        text = PurePosixPath(file_name).with_suffix(".txt")
        for candidate in self._candidates(text):
            if candidate.is_file() and candidate.resolve().is_relative_to(self._root.resolve()):
                self._used.add(candidate.resolve())
                return candidate, candidate.relative_to(self._root).as_posix()
        return None, f"{_LABELS}/{text}"

    def _candidates(self, text: PurePosixPath) -> Iterator[Path]:
        yield self._root / _LABELS / text
        parts = list(text.parts)
        if _IMAGES in parts:  # train/images/a.jpg has train/labels/a.txt
            parts[len(parts) - 1 - parts[::-1].index(_IMAGES)] = _LABELS
            yield self._root.joinpath(*parts)
        yield self._root / text

    def unused(self) -> list[str]:
        """Text files in folders of labels that belong to no picture."""
        found = (path for path in self._root.rglob("*.txt") if _LABELS in path.relative_to(self._root).parts[:-1])
        left = (p for p in found if p.resolve() not in self._used and p.name not in _PLAIN_NAMES)
        return sorted(path.relative_to(self._root).as_posix() for path in left)


def _relative(line: str) -> str:
    """A picture as a list names it, from its folder `images` on."""
    name = line.removesuffix("\r").removeprefix("./")
    _, found, rest = f"/{name}".partition(f"/{_IMAGES}/")
    return rest if found else name
