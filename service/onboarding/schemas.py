"""Shapes of a mark's self-test."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from service.schemas import MarkOut, Outgoing

Modality = Literal["photo", "xray_2d", "xray_ct"]

SELF_TEST_EXAMPLE: dict[str, Any] = {
    "rendered": 12,
    "threshold": 0.3,
    "expected_recall": 1.0,
    "suggested_threshold": 0.47,
    "recall_at_suggested": 0.83,
    "confusable": [
        {
            "mark": {"mark_id": "harbour-fox", "title": "Harbour Fox", "holder": "Harbour Fox plc"},
            "similarity": 0.54,
            "score": 0.45,
        }
    ],
    "pictures": [{"sha256": "5f" * 32, "contrast": 142.0, "sharpness": 675.0, "detail": 0.033, "warnings": []}],
    "detectable_in": ["photo"],
    "notes": {"xray_2d": "no model for X-rays is deployed"},
    "registry_revision": 17,
    "embedder": "d2" * 32,
    "tested_at": "2026-03-02T09:15:01Z",
}


class PictureQuality(Outgoing):
    """How good one reference picture is."""

    sha256: str
    contrast: float = Field(description="Grey levels.")
    sharpness: float = Field(description="Variance of the Laplacian.")
    detail: float = Field(description="Share of its pixels on an edge.")
    warnings: list[str]


class ConfusableOut(Outgoing):
    """Another right holder's mark that is like the tested one."""

    mark: MarkOut
    similarity: float = Field(description="Cosine of their pictures.")
    score: float = Field(description="What its picture would score as the tested mark, were it not recorded itself.")


class SelfTestOut(Outgoing):
    """What can be expected of a mark. Rendered pictures tell marks apart; they promise nothing for real parcels."""

    model_config = ConfigDict(json_schema_extra={"examples": [SELF_TEST_EXAMPLE]})

    rendered: int = Field(description="How many pictures of the mark on goods were rendered.")
    threshold: float = Field(description="In use.")
    expected_recall: float = Field(description="Share of the rendered pictures at or above the threshold in use.")
    suggested_threshold: float = Field(description="Above the confusable marks' scores, if that keeps most positives.")
    recall_at_suggested: float
    confusable: list[ConfusableOut] = Field(description="Likest first.")
    pictures: list[PictureQuality]
    detectable_in: list[Modality]
    notes: dict[Modality, str] = Field(description="Why it is not detectable in a modality, or by what it is.")
    registry_revision: int
    embedder: str
    tested_at: datetime
