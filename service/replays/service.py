"""Reaches stored verdicts again."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from inference.artwork.views import KINDS, Kind
from service.alerts.service import AlertService
from service.inspecting import Embedding
from service.replays.errors import CannotReplay
from service.replays.past import Past, PastRegistry
from service.replays.schemas import ReplayOut
from service.scans.eyes import DRAWN, Eyes
from service.scans.schemas import Snapshot, SuspicionOut, VerdictOut
from service.scans.service import ScanService
from service.scans.weighing import weighed

Pasts = Callable[[Embedding, frozenset[Kind]], PastRegistry]
TOLERANCE = 0.002  # of a score: sums of floats differ a little with the number of threads


class ReplayService:
    """Replays scans and alerts."""

    def __init__(
        self,
        *,
        scans: ScanService,
        alerts: AlertService,
        champion: Callable[[], Eyes],
        past: Pasts,
    ) -> None:
        """`past` makes the past registries of an embedder."""
        self._scans, self._alerts, self._champion, self._pasts = scans, alerts, champion, past

    def alert(self, alert_id: str) -> ReplayOut:
        """Reach the verdict again that raised an alert. Raises UnknownAlert, CannotReplay."""
        return self.scan(self._alerts.get(alert_id).scan_id)

    def scan(self, scan_id: str) -> ReplayOut:
        """Reach a scan's verdict again. Raises UnknownScan, CannotReplay."""
        scan = self._scans.get(scan_id)
        if scan.verdict is None or scan.verdict.snapshot is None:
            raise CannotReplay(f"{scan_id} has no verdict that says by which registry it was reached", field="scan_id")
        stored, snapshot = scan.verdict, scan.verdict.snapshot
        now = self._champion()
        now.refresh({view.modality for view in scan.views})
        registry = self._pasts(now.photo.embedder, KINDS)
        past = registry.at(snapshot.registry_revision, now.photo.gallery)
        eyes = self._as_then(now, past, stored, snapshot)
        seen = eyes.judge(self._scans.pictures(scan_id), snapshot.at.timestamp()).verdict
        recorded = registry.recorded(past, {item.mark.mark_id for item in seen.suspicions})
        verdict = weighed(seen, recorded, scan.declaration, snapshot)
        other = sorted(role for role, sha in stored.models.items() if verdict.models.get(role) != sha)
        found = list(differences(stored, verdict))
        return ReplayOut(
            scan_id=scan_id,
            same=not found,
            registry_revision=snapshot.registry_revision,
            marks=len(past.gallery),
            other_models=other,
            differences=found,
            verdict=verdict,
        )

    def _as_then(self, now: Eyes, past: Past, stored: VerdictOut, snapshot: Snapshot) -> Eyes:
        """The eyes of now with the registry and thresholds of a stored verdict."""
        photo = now.photo.over(past.gallery, stored.thresholds.get("photo", stored.threshold))
        then, threshold = replace(now, photo=photo), stored.thresholds.get("xray")
        if now.xray is None or threshold is None:
            return then
        registry = self._pasts(now.xray.embedder, DRAWN).at(snapshot.registry_revision, now.xray.gallery)
        return replace(then, xray=now.xray.over(registry.gallery, threshold))


def differences(stored: VerdictOut, now: VerdictOut) -> Iterator[str]:
    """What is not the same in two verdicts, but for times and models."""
    if stored.decision != now.decision:
        yield f"the decision was {stored.decision}, now it is {now.decision}"
    before, after = _by_place(stored), _by_place(now)
    for key in sorted(before.keys() | after.keys()):
        was, is_now = before.get(key), after.get(key)
        if was is None or is_now is None:
            yield f"{key[1]} in view {key[0]} {'is new' if was is None else 'is no longer there'}"
        elif was.outcome != is_now.outcome:
            yield f"{key[1]} in view {key[0]} was {was.outcome}, now it is {is_now.outcome}"
        elif abs(was.score - is_now.score) > TOLERANCE:
            yield f"{key[1]} in view {key[0]} scored {was.score:.3f}, now {is_now.score:.3f}"


def _by_place(verdict: VerdictOut) -> dict[tuple[int, str], SuspicionOut]:
    return {(item.view, item.mark.mark_id): item for item in verdict.suspicions}
