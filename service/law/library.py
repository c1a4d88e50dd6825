"""All calendars and profiles: those that are shipped and, over them, an administration's own."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from service.law.calendars import WorkCalendar
from service.law.errors import BadLaw, UnknownLaw
from service.law.profiles import Profile

SHIPPED = Path(__file__).resolve().parent / "data"
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Law:
    """Calendars and profiles by their identifiers."""

    calendars: Mapping[str, WorkCalendar]
    profiles: Mapping[str, Profile]

    @classmethod
    def load(cls, override: Path | None = None) -> "Law":
        """Read the shipped files, and those in `override`, which replace shipped ones of the same identifier.

        Raises BadLaw naming the file and what is wrong in it.
        """
        folders = [SHIPPED] if override is None else [SHIPPED, override]
        if override is not None and not override.is_dir():
            raise BadLaw(f"{override} is no folder", field="law_dir")
        calendars = {c.id: c for folder in folders for c in _read(folder / "calendars", WorkCalendar)}
        profiles = {p.id: p for folder in folders for p in _read(folder / "profiles", Profile)}
        for profile in profiles.values():
            if profile.calendar not in calendars:
                known = ", ".join(sorted(calendars))
                raise BadLaw(f"{profile.id} names the calendar {profile.calendar!r}", field="calendar", limit=known)
        return cls(calendars=calendars, profiles=profiles)

    def calendar(self, identifier: str) -> WorkCalendar:
        """The calendar with this identifier. Raises UnknownLaw."""
        if identifier not in self.calendars:
            raise UnknownLaw(f"calendar {identifier!r}", field="calendar", limit=", ".join(sorted(self.calendars)))
        return self.calendars[identifier]

    def profile(self, identifier: str) -> Profile:
        """The profile with this identifier. Raises UnknownLaw."""
        if identifier not in self.profiles:
            raise UnknownLaw(f"profile {identifier!r}", field="profile", limit=", ".join(sorted(self.profiles)))
        return self.profiles[identifier]

    def profile_at(self, jurisdiction: str, day: date) -> Profile:
        """The rules of a jurisdiction on `day`; of several the latest. Raises UnknownLaw."""
        own = [p for p in self.profiles.values() if p.jurisdiction == jurisdiction and p.in_effect(day)]
        if not own:
            known = ", ".join(sorted({profile.jurisdiction for profile in self.profiles.values()}))
            raise UnknownLaw(f"jurisdiction {jurisdiction!r} on {day}", field="jurisdiction", limit=known)
        return max(own, key=lambda profile: profile.valid_from)


def _read(folder: Path, model: type[M]) -> Iterator[M]:
    for path in sorted(folder.glob("*.toml")):
        try:
            yield model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise BadLaw(f"{path.name}: {place}: {first['msg']}", field=place or None) from error
        except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
            raise BadLaw(f"{path.name}: {error}") from error
