"""Shapes of import and export jobs."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from service.parties import Country
from service.schemas import Incoming, Officer, Outgoing

Format = Literal["csv", "xlsx", "json", "st66", "st96", "uspto"]
State = Literal["queued", "reading", "applying", "done", "refused", "failed"]

JOB_EXAMPLE: dict[str, Any] = {
    "id": "job_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "kind": "import",
    "state": "done",
    "dry_run": False,
    "counts": {"read": 3, "rejected": 1, "duplicates": 0, "added": 1, "changed": 1, "unchanged": 0, "embedding": 2},
    "applied": 2,
    "message": None,
    "rejected": "/v1/registry/imports/job_0193f0c2a5b17d3e8c9a4b1f2d6e7a80/rejected",
    "changes": "/v1/registry/imports/job_0193f0c2a5b17d3e8c9a4b1f2d6e7a80/changes",
    "duplicates": None,
    "file": None,
    "created_at": "2026-03-02T09:15:00Z",
    "finished_at": "2026-03-02T09:15:04Z",
}


class ImportOptions(Incoming):
    """How a file is to be imported."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"officer": "r.egistrar", "dry_run": True}]})

    officer: Officer
    format: Format | None = Field(default=None, description="Found out from the file if not given.")
    dry_run: bool = Field(default=False, description="Only say what it would do.")
    skip_bad: bool = Field(default=False, description="Import the good recordations although others are bad.")
    jurisdiction: Country | None = Field(default=None, description="Where the file names none.")
    enter_as: Literal["draft", "approved"] = Field(
        default="draft", description="A trademark office's registrations: as drafts, or as approved by customs."
    )
    decided_on: date | None = Field(default=None, description="With approved: when customs approved them.")


class ExportOptions(Incoming):
    """How the registry is to be exported."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"officer": "r.egistrar", "format": "json"}]})

    officer: Officer
    format: Literal["csv", "json"] = "json"
    pictures: bool = True


class JobOut(Outgoing):
    """An import or export, and how far it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [JOB_EXAMPLE]})

    id: str
    kind: Literal["import", "export"]
    state: State = Field(description="refused: there were bad recordations, and nothing was imported.")
    dry_run: bool
    counts: dict[str, int] = Field(description="read, rejected, duplicates; added, changed, unchanged; embedding.")
    applied: int = Field(description="Recordations that are in the registry by this job.")
    message: str | None = Field(description="Why it failed.")
    rejected: str | None = Field(description="Where the rejected recordations are listed, as CSV.")
    changes: str | None = Field(description="Where it is listed what is, or would be, added and changed, as CSV.")
    duplicates: str | None = Field(description="Where it is listed what other recordations have too, as CSV.")
    file: str | None = Field(description="Where the export is.")
    created_at: datetime
    finished_at: datetime | None
