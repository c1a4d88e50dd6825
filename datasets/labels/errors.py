"""What is wrong with labels: every problem of a file at once, each with its place and the limit that it broke."""

import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from inference.errors import TidewaiterError

_SHOWN = 20  # problems listed in one message
_shorter = reprlib.Repr()
_shorter.maxstring = _shorter.maxother = _shorter.maxlong = 120
_shorter.maxlist = _shorter.maxtuple = 8


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong: where, with what, and why."""

    why: str
    field: str = "labels"  # of the record
    limit: str | None = None
    place: str = ""  # in a file: "line 3", "a.xml"
    image: str = ""  # its image_id
    label: str = ""  # its label_id

    def __str__(self) -> str:
        image = f"image {shown(self.image)}" if self.image else ""
        label = f"label {shown(self.label)}" if self.label else ""
        where = ", ".join(part for part in (self.place, image, label) if part)
        return f"{where}: {self.why}" if where else self.why


class BadLabels(TidewaiterError):
    """The labels cannot be used."""

    status = 422

    def __init__(self, problems: Sequence[Problem], *, source: str = "") -> None:
        listed = [str(problem) for problem in problems[:_SHOWN]]
        more = [f"... and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        said = "; ".join(listed + more)
        super().__init__(f"{source}: {said}" if source else said, field=problems[0].field, limit=problems[0].limit)
        self.problems = tuple(problems)

    @classmethod
    def one(cls, why: str, *, place: str = "", field: str = "labels", limit: str | None = None) -> Self:
        """An error of a single problem."""
        return cls([Problem(why=why, place=place, field=field, limit=limit)])

    def at(self, place: str) -> list[Problem]:
        """Its problems, with the place in the file where they were met before each one's own."""
        return [replace(p, place=", ".join(part for part in (place, p.place) if part)) for p in self.problems]


def shown(value: object) -> str:
    """A value as a message may show it: quoted and cut, since it may come from a stranger."""
    return _shorter.repr(value)


def listed(values: Iterable[str]) -> str:
    """Allowed values as a limit names them."""
    return "one of " + ", ".join(values)
