"""What is told: types of events, and their bodies as CloudEvents 1.0 (JSON, structured mode). Pure.

Small on purpose: whoever wants more follows `data.url`. No images, no names of parties.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

Type = Literal[
    "org.tidewaiter.alert.raised",
    "org.tidewaiter.alert.proposed",
    "org.tidewaiter.alert.decided",
    "org.tidewaiter.alert.undone",
    "org.tidewaiter.alert.refused",
    "org.tidewaiter.scan.answered",
    "org.tidewaiter.scan.failed",
    "org.tidewaiter.drift.alarm",
    "org.tidewaiter.model.promoted",
    "org.tidewaiter.model.rolled_back",
    "org.tidewaiter.test",
]
TYPES: tuple[Type, ...] = get_args(Type)
CONTENT_TYPE = "application/cloudevents+json"
LARGEST = 20_000  # bytes, as Standard Webhooks advises


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in an office."""

    id: str
    type: Type
    subject: str  # the alert's, scan's or alarm's id
    office: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> str:
        """As it is sent, to everybody the same. Raises ValueError if it is too large."""
        document = {
            "specversion": "1.0",
            "id": self.id,
            "source": f"/offices/{self.office}",
            "type": self.type,
            "subject": self.subject,
            "time": self.at.isoformat(),
            "datacontenttype": "application/json",
            "data": {"office": self.office, **self.data},
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) > LARGEST:
            raise ValueError(f"an event of {len(text.encode())} bytes, at most {LARGEST}")
        return text
