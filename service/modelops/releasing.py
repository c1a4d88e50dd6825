"""Releases: added as candidates, shown, approved or refused by different people."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.modelops import repository
from service.modelops.errors import NotPossibleNow, SaidAlready, UnknownRelease
from service.modelops.files import ReleaseFiles, digest_of
from service.modelops.rules import RolloutRules
from service.modelops.schemas import BundleOut, ReleaseOut, ReleasePage, WordIn, WordOut
from service.tables import DeploymentRow, ReleaseRow

PARTS = ("champion", "previous", "canary", "shadow")


class ReleaseService:
    """Knows the releases."""

    def __init__(self, *, database: Database, files: ReleaseFiles, rules: RolloutRules, clock: Clock) -> None:
        self._database, self._files, self._rules, self._clock = database, files, rules, clock

    def add(
        self,
        roles: Mapping[str, tuple[str, Mapping[str, bytes]]],
        *,
        origin: str,
        by: str,
        card: str,
        gates: dict[str, Any] | None = None,
        job_id: str | None = None,
        parent_id: str | None = None,
    ) -> ReleaseOut:
        """Add a candidate, role -> (name, files), whose files have been proven; the same one is added once.

        One whose gates say no is entered as refused: it stays for whoever wants to know why.
        """
        bundles = self._files.keep(roles)
        state = "candidate" if gates is None or gates.get("passed") else "refused"
        with self._database.write() as session:
            row = repository.by_digest(session, digest_of(bundles))
            if row is None:
                row = repository.add(
                    session,
                    digest=digest_of(bundles),
                    origin=origin,
                    state=state,
                    parent_id=parent_id,
                    job_id=job_id,
                    bundles=bundles,
                    gates=gates,
                    card=card,
                    created_by=by,
                    created_at=self._clock(),
                )
                self._note(session, row.id, by, "added", {"origin": origin, "state": state, "job": job_id})
            return self._out(session, row)

    def get(self, release_id: str) -> ReleaseOut:
        """One release. Raises UnknownRelease."""
        with self._database.read() as session:
            return self._out(session, found(session, release_id))

    def list(self, limit: int) -> ReleasePage:
        """Releases, the newest first."""
        with self._database.read() as session:
            return ReleasePage(items=[self._out(session, row) for row in repository.newest(session, limit=limit)])

    def say(self, release_id: str, by: str, word: WordIn, *, approves: bool) -> ReleaseOut:
        """Approve or refuse a candidate. It is approved once enough people did, and refused once one does.

        Raises UnknownRelease, NotPossibleNow if it is no candidate any more, SaidAlready.
        """
        with self._database.write() as session:
            repository.deployment(session, hold=True)  # two who speak at once are counted one after the other
            row = found(session, release_id)
            if row.state != "candidate":
                raise NotPossibleNow(f"{release_id} is {row.state}", field="release_id", limit="candidates")
            at = self._clock()
            if not repository.say(session, release_id, by, approves=approves, reason=word.reason, at=at):
                raise SaidAlready(f"{by!r} spoke of {release_id}", field="officer")
            if not approves:
                repository.turn(session, release_id, "candidate", "refused")
            elif self._lacking(session, row) == 0:
                repository.turn(session, release_id, "candidate", "approved")
            self._note(session, release_id, by, "approved" if approves else "refused", {"reason": word.reason})
            session.refresh(row)
            return self._out(session, row)

    def _lacking(self, session: Session, row: ReleaseRow) -> int:
        """How many more people have to approve it."""
        said = sum(word.approves for word in repository.words(session, row.id))
        return 0 if row.origin == "shipped" else max(0, self._rules.approvals - said)

    def _out(self, session: Session, row: ReleaseRow) -> ReleaseOut:
        deployment = repository.deployment(session)
        return ReleaseOut.model_validate(
            {
                "id": row.id,
                "state": row.state,
                "origin": row.origin,
                "parent_id": row.parent_id,
                "job_id": row.job_id,
                "parts": parts_of(deployment, row.id),
                "bundles": [
                    BundleOut(role=role, name=one["name"], sha256=one["sha256"])
                    for role, one in sorted(row.bundles.items())
                ],
                "gates": row.gates,
                "words": [
                    WordOut(officer=word.officer, approves=word.approves, reason=word.reason, at=word.at)
                    for word in repository.words(session, row.id)
                ],
                "approvals_lacking": self._lacking(session, row),
                "card": row.card,
                "created_by": row.created_by,
                "created_at": row.created_at,
            }
        )

    def _note(self, session: Session, release_id: str, by: str, action: str, detail: dict[str, Any]) -> None:
        audit.append(session, Act(actor=by, action=action, kind="release", subject=release_id, detail=detail))


def found(session: Session, release_id: str) -> ReleaseRow:
    """The release. Raises UnknownRelease."""
    row = repository.find(session, release_id)
    if row is None:
        raise UnknownRelease(f"no release {release_id!r}", field="release_id")
    return row


def parts_of(deployment: DeploymentRow | None, release_id: str) -> list[str]:
    """What a release does now."""
    return [part for part in PARTS if deployment is not None and getattr(deployment, part) == release_id]
