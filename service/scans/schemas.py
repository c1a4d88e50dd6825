"""Shapes of scans: what a station sends, what it is told."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from inference.circumstances import GoodsRelation, Outcome, PartyRelation
from inference.vocabulary import Contents, Decision, Modality, Reason
from service.scans.declarations import Declaration
from service.schemas import Incoming, MarkOut, Outgoing, ParcelNumber, StationName

Lane = Literal["live", "handheld", "bulk"]  # a belt that moves; an officer who waits; whatever can wait
DecidedBy = Literal["model", "rule", "officer", "timeout"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ImageId = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,200}$")]
ViewName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Box = Annotated[tuple[float, float, float, float], Field(description="x1, y1, x2, y2 in pixels of the view.")]

LANTERN = {"mark_id": "kestrel-lantern", "title": "Kestrel Lantern", "holder": "Kestrel Lantern Works"}
SUSPICION_EXAMPLE: dict[str, Any] = {
    "view": 0,
    "box": [412.0, 233.5, 530.0, 341.0],
    "detection_score": 0.91,
    "outcome": "suspected",
    "score": 0.87,
    "likeness": 0.87,
    "mark": LANTERN,
    "recordation": {
        "id": "recordation_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
        "number": "T2026-000117",
        "jurisdiction": "CN",
        "version": 1,
        "valid_to": "2036-03-01",
        "party": "unknown",
        "goods": "same",
    },
    "reasons": [{"code": "looks_like_mark", "text": "Looks like Kestrel Lantern (similarity 0.71).", "weight": 2.1}],
    "candidates": [{"mark": LANTERN, "reference": "5f" * 32, "similarity": 0.71, "wording": 0.0, "score": 0.87}],
}
SCAN_EXAMPLE: dict[str, Any] = {
    "id": "scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "station": "dock-3",
    "parcel": "RX123456785NL",
    "state": "done",
    "received_at": "2026-03-02T09:15:00Z",
    "captured_at": "2026-03-02T09:14:58Z",
    "lane": "live",
    "declaration": {
        "mode": "9610",
        "consignor": {"name": "A. Sender", "identifiers": [{"type": "eori", "value": "NL987654321"}]},
        "consignee": "B. Receiver",
        "goods": [{"name": "lamps", "hs": "940540", "nice_class": None}],
    },
    "answer_by": "2026-03-02T09:15:10Z",
    "answer": {
        "decision": "divert",
        "decided_by": "model",
        "decided_at": "2026-03-02T09:15:00.412Z",
        "answer_by": "2026-03-02T09:15:10Z",
        "late": False,
    },
    "views": [
        {
            "index": 0,
            "sha256": "7a" * 32,
            "media_type": "image/jpeg",
            "width": 1600,
            "height": 1200,
            "size": 318211,
            "image_id": "cam2-000417",
            "name": "top",
            "url": "/v1/scans/scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80/views/0",
        }
    ],
    "verdict": {
        "decision": "divert",
        "threshold": 0.5,
        "suspicions": [SUSPICION_EXAMPLE],
        "models": {"detector": "c1" * 32, "embedder": "d2" * 32, "reader": "e3" * 32, "judging": "f4" * 32},
        "snapshot": {"registry_revision": 17, "at": "2026-03-02T09:14:58Z"},
        "milliseconds": {"detect": 70.2, "embed": 61.8, "read": 40.1, "match": 1.4},
    },
    "alerts": ["alert_0193f0c2a6017d3e8c9a4b1f2d6e7a80"],
}


class ImageIn(Incoming):
    """What a station says about one image; whatever it says about the bytes must be true."""

    image_id: ImageId | None = Field(default=None, description="The device's own, so that equal images are told apart.")
    sha256: Sha256 | None = Field(default=None, description="Of the file; an image that came otherwise is refused.")
    view: ViewName | None = Field(default=None, description="From where it was taken.", examples=["top"])
    modality: Modality | None = Field(
        default=None, description="photo or xray; else by the file: TIFF, DICOM and 16-bit PNG are X-ray scans."
    )
    xray: dict[str, Any] | None = Field(
        default=None,
        description="What is known of an X-ray scan, for files that cannot say it: a sidecar, see docs/xray.md.",
        examples=[{"tidewaiter_xray": 1, "air": 58982, "pitch_mm": 0.6}],
        exclude_if=lambda said: said is None,  # so that posts from before there was this one keep their fingerprints
    )

    @model_validator(mode="after")
    def _check_xray(self) -> Self:
        if self.xray is not None and self.modality == "photo":
            raise ValueError("xray goes with X-ray scans; the image is said to be a photo")
        return self

    @property
    def looks_like(self) -> Modality | None:
        """What the image is, if anything was said of it."""
        return self.modality if self.xray is None else "xray"

    @property
    def sidecar(self) -> str | None:
        """`xray` as it is stored."""
        return None if self.xray is None else json.dumps(self.xray)


class ScanMetadata(Incoming):
    """What a station says about a scan."""

    station: StationName = Field(description="Which station took the photographs.", examples=["dock-3"])
    parcel: ParcelNumber = Field(description="The parcel's number.", examples=["RX123456785NL"])
    captured_at: AwareDatetime | None = Field(default=None, description="When they were taken, with its UTC offset.")
    answer_by: AwareDatetime | None = Field(
        default=None,
        description="When the diverter needs the answer, by the station's clock; else as the station was set up.",
    )
    lane: Lane = Field(default="live", description="How urgent it is: under load, `bulk` is refused first.")
    images: list[ImageIn] = Field(default_factory=list, max_length=64, description="None, or one per view, in order.")
    declaration: Declaration | None = None


class ViewOut(Outgoing):
    """One photograph, or one X-ray image, of a scan."""

    index: int
    sha256: str
    media_type: str
    width: int = Field(description="Pixels.")
    height: int = Field(description="Pixels.")
    size: int = Field(description="Bytes.")
    image_id: str | None = None
    name: str | None = None
    modality: Modality = "photo"
    url: str


class ReasonOut(Outgoing):
    """One reason for (weight > 0) or against (weight < 0) a suspicion."""

    code: str
    text: str = Field(description="In English.")
    weight: float
    form: str = Field(default="", description="The sentence, for saying it in another language with `values`.")
    values: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, reason: Reason) -> Self:
        """A reason as it is stored and answered."""
        return cls(
            code=reason.code,
            text=reason.text,
            weight=round(float(reason.weight), 4),
            form=reason.form,
            values=dict(reason.values),
        )


class CandidateOut(Outgoing):
    """A recorded mark that the place looks like."""

    mark: MarkOut
    reference: str = Field(description="sha256 of the artwork picture that was most alike.")
    similarity: float = Field(description="Cosine, -1 to 1.")
    wording: float = Field(default=0.0, description="How much of the mark's word was read there, 0 to 1.")
    score: float = Field(description="Calibrated probability, 0 to 1.")


class RecordationRef(Outgoing):
    """The recordation that a suspicion rests on, as it was at the moment of the scan."""

    id: str
    number: str
    jurisdiction: str
    version: int
    valid_to: date | None
    party: PartyRelation = Field(description="Whether the consignor may use the mark.")
    goods: GoodsRelation = Field(description="Whether the declared goods are recorded ones.")


class SuspicionOut(Outgoing):
    """A place in a view that looks like a recorded mark, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUSPICION_EXAMPLE]})

    view: int
    modality: Modality = "photo"
    box: Box
    detection_score: float
    outcome: Outcome = Field(
        default="suspected",
        description="suspected raises an alert; authorised_party and other_goods do not, and say why in their reasons.",
    )
    score: float = Field(description="Calibrated probability that the mark is there, 0 to 1, lowered for other goods.")
    alone: float | None = Field(default=None, description="The probability by this view alone, without the others.")
    places: int = Field(default=1, description="Where the right holder's marks are the likest, strong enough or not.")
    adds: float | None = Field(default=None, description="Log-odds that this view gives, where several views agree.")
    threshold: float | None = Field(default=None, description="From which it stands; those of X-rays are their own.")
    likeness: float | None = Field(default=None, description="The probability before it was lowered.")
    mark: MarkOut
    recordation: RecordationRef | None = None
    reasons: list[ReasonOut]
    candidates: list[CandidateOut] = Field(description="Best first, one per right holder.")


class Snapshot(Outgoing):
    """By what a verdict was reached, besides its models and threshold: enough to reach it again."""

    registry_revision: int
    at: datetime = Field(description="The moment at which recordations had to be in force.")
    release: str | None = Field(default=None, description="Whose models reached it.")
    thresholds: int | None = Field(default=None, description="Version of the thresholds; 0: as the models have them.")


class ContentsOut(Outgoing):
    """What X-ray scans say of a parcel as a whole, its walls included."""

    metal_share: float = Field(description="Of the area that is not air, 0 to 1.")
    metal_area: float = Field(description="cm2")
    least_mass: float = Field(description="Grams; it weighs more.")

    def inside(self) -> Contents:
        """The same, as mismatches are judged by it."""
        return Contents(metal_share=self.metal_share, metal_area=self.metal_area, least_mass=self.least_mass)


class RemarkOut(Outgoing):
    """What is not known of a view, was assumed, or was mended in it."""

    view: int
    code: str
    text: str = Field(description="In English.")


class VerdictOut(Outgoing):
    """What was found in a scan, over all its views."""

    decision: Decision = Field(description="pass, divert, hold or undecided.")
    late: bool = Field(default=False, description="It came after the scan was answered: it must not move a diverter.")
    threshold: float
    thresholds: dict[Modality, float] = Field(default_factory=dict, description="The same, by modality.")
    suspicions: list[SuspicionOut] = Field(description="Strongest first.")
    contents: ContentsOut | None = Field(default=None, description="If X-ray scans with known materials say it.")
    remarks: list[RemarkOut] = Field(default_factory=list, description="On X-ray scans, by their views.")
    models: dict[str, str] = Field(description="Role -> sha256; `finding` and `judging` are those of their settings.")
    snapshot: Snapshot | None = None
    milliseconds: dict[str, float] = Field(description="Step -> time, summed over the views.")


class AnswerOut(Outgoing):
    """What the line was told, or is to be told: given once, never changed."""

    decision: Decision
    decided_by: DecidedBy
    decided_at: datetime
    answer_by: datetime | None
    late: bool = Field(description="It was given after `answer_by`.")


class ScanOut(Outgoing):
    """A stored scan; `verdict` is null until it is inspected, `answer` until it is answered."""

    model_config = ConfigDict(json_schema_extra={"examples": [SCAN_EXAMPLE]})

    id: str
    station: str
    parcel: str
    state: str = Field(description="received, done or failed.")
    received_at: datetime
    captured_at: datetime | None
    lane: Lane
    declaration: Declaration | None
    views: list[ViewOut]
    answer_by: datetime | None = Field(description="By the service's clock.")
    answer: AnswerOut | None
    verdict: VerdictOut | None
    alerts: list[str] = Field(description="Identifiers of the alerts that were raised, one per right holder.")


class StationVerdict(Outgoing):
    """As much of a scan as a sorter needs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "scan": SCAN_EXAMPLE["id"],
                    "station": "dock-3",
                    "parcel": "RX123456785NL",
                    "state": "done",
                    "decision": "divert",
                    "decided_by": "model",
                    "decided_at": "2026-03-02T09:15:00.412Z",
                    "answer_by": "2026-03-02T09:15:10Z",
                    "late_result": False,
                    "alerts": SCAN_EXAMPLE["alerts"],
                }
            ]
        }
    )

    scan: str
    station: str
    parcel: str
    state: str
    decision: Decision | None = Field(description="null while it is open.")
    decided_by: DecidedBy | None
    decided_at: datetime | None
    answer_by: datetime | None
    late_result: bool = Field(description="The models' result came after the answer: it must not move a diverter.")
    release: str | None = Field(default=None, description="Whose models reached the verdict.")
    alerts: list[str]

    @classmethod
    def of(cls, scan: ScanOut) -> Self:
        """What a sorter needs of `scan`."""
        answer = scan.answer
        return cls(
            scan=scan.id,
            station=scan.station,
            parcel=scan.parcel,
            state=scan.state,
            decision=None if answer is None else answer.decision,
            decided_by=None if answer is None else answer.decided_by,
            decided_at=None if answer is None else answer.decided_at,
            answer_by=scan.answer_by,
            late_result=scan.verdict is not None and scan.verdict.late,
            release=None if scan.verdict is None or scan.verdict.snapshot is None else scan.verdict.snapshot.release,
            alerts=scan.alerts,
        )


class PrecheckIn(Incoming):
    """A parcel that is about to be scanned."""

    station: StationName
    parcel: ParcelNumber
    declaration: Declaration | None = None


class ToldReason(Outgoing):
    """Why a sorter is told so."""

    code: str = Field(examples=["nothing_known"])
    text: str


class PrecheckOut(Outgoing):
    """What is known of a parcel before it is scanned, and what its station was promised."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "station": "dock-3",
                    "parcel": "RX123456785NL",
                    "decision": "hold",
                    "decided_by": "rule",
                    "reasons": [{"code": "stopped_before", "text": "An officer decided 'suspend' for this parcel."}],
                    "answer_within_ms": 12000,
                    "policy": "fail_closed",
                }
            ]
        }
    )

    station: str
    parcel: str
    decision: Decision
    decided_by: DecidedBy
    reasons: list[ToldReason]
    answer_within_ms: int | None = Field(description="From the moment a scan is received, unless it names its own.")
    policy: Literal["fail_open", "fail_closed"] = Field(description="What the station does without an answer.")
