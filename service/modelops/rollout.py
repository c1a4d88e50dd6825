"""The steps of a roll-out: shadow, canary, champion, and back. Each is one transaction that every process follows.

    candidate ── two approve ──► approved ──► shadow ──► canary ──► champion ──► rollback

A shadow has no effect, so a candidate may be one before anybody approves it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.events.telling import models_changed
from service.identity import repository as identity
from service.modelops import looks, repository
from service.modelops.errors import NotApproved, NothingToGoBackTo, NotPossibleNow
from service.modelops.following import follow_up
from service.modelops.past import STEPS, SoFar, StepTaken, step_of
from service.modelops.releasing import found
from service.modelops.rules import RolloutRules
from service.modelops.schemas import CanaryIn, CanaryOut, DeploymentOut, ShadowIn, StepIn
from service.modelops.serving import Crew, Serving
from service.tables import DeploymentRow, ReleaseRow

FollowUp = Callable[[Session, str], None]  # enters, in a transaction, what a change has for a consequence


class RolloutService:
    """Moves releases from part to part."""

    def __init__(
        self,
        *,
        database: Database,
        serving: Serving | None,
        rules: RolloutRules,
        clock: Clock,
        follow_up: FollowUp = follow_up,
    ) -> None:
        """Without `serving`, on the command line, other processes follow and this one has loaded nothing."""
        self._database, self._serving, self._rules, self._clock = database, serving, rules, clock
        self._follow_up = follow_up

    def now(self) -> DeploymentOut:
        """Which release does what."""
        with self._database.read() as session:
            return self._out(_there(repository.deployment(session)))

    def so_far(self, release_id: str) -> SoFar:
        """What a release has done for the steps that want it. Raises UnknownRelease."""
        with self._database.read() as session:
            found(session, release_id)
            return SoFar(
                looks=looks.count(session, release_id),
                looks_needed=self._rules.shadow_looks,
                judged=looks.judged(session, release_id),
                judged_needed=self._rules.canary_scans,
            )

    def taken(self, limit: int) -> Sequence[StepTaken]:
        """The newest steps of the roll-out, from the audit, the newest first."""
        with self._database.read() as session:
            return [step_of(entry) for entry in audit.newest(session, "release", STEPS, limit)]

    def shadow(self, release_id: str, by: str, step: ShadowIn) -> DeploymentOut:
        """Let a release look at what the champion judges, without effect. Raises UnknownRelease, NotPossibleNow."""
        with self._step(by, "shadow", release_id, step) as (session, row):
            release = found(session, release_id)
            if release.state == "refused":
                raise NotPossibleNow(f"{release_id} was refused", field="release_id", limit="candidates, or approved")
            _not_champion(row, release)
            row.shadow = release_id
            since = self._clock().isoformat()
            row.shadow_terms = {"share": step.share, "a_minute": self._rules.shadow_a_minute, "since": since}
        return self._arrived()

    def canary(self, release_id: str, by: str, step: CanaryIn) -> DeploymentOut:
        """Let a release judge some scans in earnest. Raises UnknownRelease, NotApproved, NotPossibleNow."""
        with self._step(by, "canary", release_id, step) as (session, row):
            release = self._approved(session, release_id)
            _not_champion(row, release)
            seen = looks.count(session, release_id)
            if seen < self._rules.shadow_looks:
                limit = f"{self._rules.shadow_looks} scans"
                raise NotPossibleNow(f"it has looked at {seen} scans as a shadow", field="release_id", limit=limit)
            share = step.share if step.share is not None else 0.0 if step.stations else self._rules.canary_share
            row.canary = release_id
            row.canary_terms = {"stations": sorted(set(step.stations)), "share": share}
        return self._arrived()

    def promote(self, release_id: str, by: str, step: StepIn) -> DeploymentOut:
        """Make the canary the champion. Raises UnknownRelease, NotApproved, NotPossibleNow."""
        with self._step(by, "promoted", release_id, step) as (session, row):
            release = self._approved(session, release_id)
            _not_champion(row, release)
            if row.canary != release_id:
                raise NotPossibleNow(f"{release_id} is not the canary", field="release_id", limit="the canary")
            judged = looks.judged(session, release_id)
            if judged < self._rules.canary_scans:
                limit = f"{self._rules.canary_scans} scans"
                raise NotPossibleNow(f"it has judged {judged} scans as a canary", field="release_id", limit=limit)
            row.previous, row.champion = row.champion, release_id
            row.canary, row.canary_terms = None, {}
            if row.shadow == release_id:
                row.shadow, row.shadow_terms = None, {}
        return self._arrived()

    def rollback(self, by: str, step: StepIn) -> DeploymentOut:
        """Go back: to the champion before this one. Raises NothingToGoBackTo."""
        with self._step(by, "rolled_back", None, step) as (_session, row):
            if row.previous is None:
                raise NothingToGoBackTo(f"{row.champion} is the first champion, or was gone back to", field="champion")
            row.champion, row.previous = row.previous, None
            if row.canary == row.champion:
                row.canary, row.canary_terms = None, {}
        return self._arrived()

    def end(self, part: str, by: str, step: StepIn) -> DeploymentOut:
        """End the shadow or the canary. Raises NotPossibleNow if there is none."""
        with self._step(by, f"{part}_ended", None, step) as (_session, row):
            if getattr(row, part) is None:
                raise NotPossibleNow(f"there is no {part}", field="part")
            setattr(row, part, None)
            setattr(row, f"{part}_terms", {})
        return self._arrived()

    @contextmanager
    def _step(
        self, by: str, action: str, release_id: str | None, step: StepIn
    ) -> Iterator[tuple[Session, DeploymentRow]]:
        """One step: held against others, entered in the audit with what was before, told to whoever wants to know."""
        with self._database.write() as session:
            row = _there(repository.deployment(session, hold=True))
            before = _parts(row)
            yield session, row
            row.revision += 1
            row.changed_by, row.changed_at = by, self._clock()
            session.flush()
            subject = release_id or str(row.champion)
            detail = {"reason": step.reason, "before": before, "after": _parts(row)}
            audit.append(session, Act(actor=by, action=action, kind="release", subject=subject, detail=detail))
            if action in ("promoted", "rolled_back"):
                offices = [office.id for office in identity.offices(session)]
                models_changed(session, action, subject, by, offices)
                self._follow_up(session, by)

    def _approved(self, session: Session, release_id: str) -> ReleaseRow:
        release = found(session, release_id)
        if release.state != "approved":
            detail = (
                f"{release_id} is a {release.state}" if release.state == "candidate" else f"{release_id} was refused"
            )
            raise NotApproved(detail, field="release_id", limit=f"{self._rules.approvals} people")
        return release

    def _arrived(self) -> DeploymentOut:
        """How it is now, once this process has followed."""
        if self._serving is not None:
            self._serving.refresh()
        return self.now()

    def _out(self, row: DeploymentRow) -> DeploymentOut:
        terms = row.canary_terms
        return DeploymentOut(
            revision=row.revision,
            champion=str(row.champion),
            previous=row.previous,
            canary=row.canary,
            canary_terms=CanaryOut(stations=terms["stations"], share=terms["share"]) if row.canary else None,
            shadow=row.shadow,
            thresholds=row.thresholds,
            changed_by=row.changed_by,
            changed_at=row.changed_at,
            here={} if self._serving is None else _here(self._serving.crew),
            faults={} if self._serving is None else dict(self._serving.crew.faults),
        )


def _here(crew: Crew) -> dict[str, str | None]:
    """Part -> the release that this process has loaded for it."""
    eyes = {"champion": crew.champion, "canary": crew.canary, "shadow": crew.shadow}
    return {part: None if one is None else one.release for part, one in eyes.items()}


def _there(row: DeploymentRow | None) -> DeploymentRow:
    if row is None:
        raise NotPossibleNow("no models have ever been at work here", field="deployment")
    return row


def _not_champion(row: DeploymentRow, release: ReleaseRow) -> None:
    if row.champion == release.id:
        raise NotPossibleNow(f"{release.id} is the champion", field="release_id", limit="any other release")


def _parts(row: DeploymentRow) -> dict[str, Any]:
    names = ("champion", "previous", "canary", "canary_terms", "shadow", "thresholds")
    return {name: getattr(row, name) for name in names}
