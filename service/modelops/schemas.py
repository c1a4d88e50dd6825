"""Shapes of releases and of their roll-out."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from service.modelops.documents import ThresholdsIn
from service.modelops.examples import DEPLOYMENT, RELEASE, SHADOW, SIMULATED, THRESHOLDS
from service.schemas import Incoming, Outgoing

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
State = Literal["candidate", "approved", "refused"]
Part = Literal["champion", "previous", "canary", "shadow"]


class BundleOut(Outgoing):
    """One model of a release."""

    role: str
    name: str
    sha256: str


class WordOut(Outgoing):
    """What somebody said of a release."""

    officer: str
    approves: bool
    reason: str
    at: datetime


class ReleaseOut(Outgoing):
    """One set of models that is used together."""

    model_config = ConfigDict(json_schema_extra={"examples": [RELEASE]})

    id: str
    state: State
    origin: Literal["shipped", "retrained", "imported"]
    parent_id: str | None = Field(description="The release it was trained from.")
    job_id: str | None = Field(description="The job that trained it.")
    parts: list[Part] = Field(description="What it does now.")
    bundles: list[BundleOut]
    gates: dict[str, Any] | None = Field(description="What each gate measured and allowed, as the training wrote it.")
    words: list[WordOut]
    approvals_lacking: int
    card: str = Field(description="Markdown")
    created_by: str
    created_at: datetime


class ReleasePage(Outgoing):
    """Releases, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [RELEASE]}]})

    items: list[ReleaseOut]


class CanaryOut(Outgoing):
    """What a canary judges."""

    stations: list[str]
    share: float


class DeploymentOut(Outgoing):
    """Which release does what."""

    model_config = ConfigDict(json_schema_extra={"examples": [DEPLOYMENT]})

    revision: int
    champion: str
    previous: str | None = Field(description="To which a rollback goes.")
    canary: str | None
    canary_terms: CanaryOut | None
    shadow: str | None
    thresholds: int = Field(description="Version; 0: as the models have them.")
    changed_by: str
    changed_at: datetime
    here: dict[str, str | None] = Field(description="What this process has loaded: part -> release.")
    faults: dict[str, str] = Field(description="Release -> why it could not be loaded here.")


class WordIn(Incoming):
    """Why a release is approved or refused."""

    reason: Reason
    officer: str | None = Field(default=None, max_length=128)


class StepIn(Incoming):
    """A step of a roll-out."""

    reason: Reason
    officer: str | None = Field(default=None, max_length=128)


class CanaryIn(StepIn):
    """What a canary is to judge: all scans of some stations, a share of all scans, or both."""

    stations: list[Annotated[str, StringConstraints(min_length=1, max_length=64)]] = Field(
        default_factory=list, max_length=100
    )
    share: float | None = Field(default=None, ge=0, le=1)


class ShadowIn(StepIn):
    """How much a shadow looks at."""

    share: float = Field(default=1.0, gt=0, le=1)


class ThresholdsChange(StepIn):
    """New thresholds, as a whole."""

    thresholds: ThresholdsIn


class ThresholdsOut(Outgoing):
    """One version of the thresholds."""

    model_config = ConfigDict(json_schema_extra={"examples": [THRESHOLDS]})

    version: int
    thresholds: ThresholdsIn
    reason: str
    created_by: str
    created_at: datetime


class ThresholdsPage(Outgoing):
    """Versions of the thresholds, the newest first, and which one holds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at_work": 3, "items": [THRESHOLDS]}]})

    at_work: int
    items: list[ThresholdsOut]


class ShadowCase(Outgoing):
    """A scan of which a shadow says something else."""

    scan_id: str
    holder: str
    score: float
    decided: str | None = Field(description="What officers made of the alert, if there was one.")


class ShadowReport(Outgoing):
    """What a shadow said, beside what was said and done."""

    model_config = ConfigDict(json_schema_extra={"examples": [SHADOW]})

    release_id: str
    looks: int
    same: int
    diverts: int = Field(description="Scans that the models at work diverted.")
    shadow_diverts: int
    gained: list[ShadowCase] = Field(description="Suspicions that only the shadow has; the newest 50.")
    lost: list[ShadowCase] = Field(description="Alerts that the shadow would not have raised; the newest 50.")
    gained_count: int
    lost_count: int
    lost_confirmed: int = Field(description="Of the lost ones, those that officers confirmed.")
    lost_unconfirmed: int = Field(description="Of the lost ones, those that officers found to be wrong.")
    milliseconds: float | None = Field(description="Median time of a look.")


class SimulationIn(Incoming):
    """Thresholds to be tried on past scans."""

    thresholds: ThresholdsIn
    since: datetime
    until: datetime | None = None


class SimulatedStation(Outgoing):
    """The scans of one station."""

    station: str
    scans: int
    diverts: int
    would_divert: int


class Simulated(Outgoing):
    """Past scans as they would be diverted now, and by other thresholds; each view's strongest match by itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [SIMULATED]})

    since: datetime
    until: datetime
    scans: int = Field(description="On which anything was found that is like a recorded mark.")
    diverts: int = Field(description="By the thresholds that hold now.")
    would_divert: int
    gained: int
    lost: int
    lost_confirmed: int = Field(description="Of the lost ones, those whose alerts officers confirmed.")
    lost_unconfirmed: int
    stations: list[SimulatedStation]
