"""A made-up past for the pages of models and drift: releases that were measured, days of figures, alarms, questions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from service.drift.days import DAY, midnight, roll_up
from service.identifiers import new_id
from service.modelops.schemas import ReleaseOut
from service.parts import Parts
from service.settings import Settings
from service.tables import DriftAlarmRow, LabelTaskRow
from tests.integration.service.harness import Service, settings_in
from tests.integration.service.releases import empty_models
from tests.integration.service.test_service_drift import views

QUICK = "approvals = 2\nshadow_looks = 2\ncanary_scans = 1\ncanary_share = 0.5\nshadow_a_minute = 60000\n"
STATIONS = ("dock-1", "dock-2", "dock-3")
MEASURED = (
    ("recall.least", 0.9312, 0.0, True, "recall at fixed false alerts is 0.931 (n 1204); at least 0.000 is asked for"),
    ("recall.loss", -0.0421, 0.1, True, "recall changes by +0.042, within chance; 0.100 may be lost"),
    ("marks", 0.012, 0.02, True, "the largest loss among 42 marks is 0.012, within chance or 0.020"),
    ("robustness.blur", 0.061, 0.05, False, "blur loses 0.061 (0.021 to 0.101, n 300); 0.050 is allowed"),
    ("false_alerts", 0.004, 0.02, True, "0.014 of 500 clean pictures raise an alert, 0.010 before; 0.020 more"),
    ("latency", 1.02, 1.25, True, "95 of 100 pictures take 102 ms at most, 100 ms before"),
    ("calibration.ece", 0.041, 0.15, True, "the calibration error is 0.041, 0.052 before; ece may be 0.150"),
    ("size.bytes", 21044480.0, 67108864.0, True, "the models have 21,044,480 bytes, 21,044,480 before"),
    ("parity.embedder", 0.99981, 0.995, True, "embedder: what would be shipped agrees with the net by 0.99981"),
)
CARD = """# embedder-6

A candidate for the role embedder, trained on from embedder-5 by `python -m training.retraining` (full mode).

**Learnt from.** 180 of 204 labels on 190 pictures (4 gold, 60 strong, 116 weak), of 12 marks.

| golden set | champion | candidate |
|---|---|---|
| recall at 1 % of clean pictures | 0.889 (0.870-0.906, n 1204) | 0.931 (0.915-0.944, n 1204) |

<script>document.title = "owned"</script>
"""


def quick(folder: Path, **changes: Any) -> Settings:
    """Settings by which a release is the champion after two looks and one scan."""
    rules = folder / "rollout.toml"
    rules.write_text(QUICK, encoding="utf-8")
    return settings_in(folder, models_dir=empty_models(folder), rollout_rules=rules, **changes)


def gates(*failed: str) -> dict[str, Any]:
    """The gates as the training writes them; those in `failed` were not passed."""
    keys = ("gate", "measured", "allowed", "passed", "words")
    rows = [dict(zip(keys, one, strict=True)) | {"passed": one[0] not in failed} for one in MEASURED]
    return {"passed": not failed, "gates": rows}


def measured(parts: Parts, version: int, *failed: str) -> ReleaseOut:
    """A release with a card, whose gates were passed but for those in `failed`."""
    roles = {
        role: (f"{role}-{version}", {"model.onnx": f"{role} {version}".encode(), "bundle.json": b"{}"})
        for role in ("detector", "embedder")
    }
    return parts.learning.releases.add(
        roles, origin="retrained", by="tidewaiter", card=CARD.replace("6", str(version)), gates=gates(*failed)
    )


def look(parts: Parts) -> int:
    """Let the shadow look until nothing is left; returns at how many scans."""
    total = 0
    while count := parts.learning.shadowing.step():
        total += count
    return total


def days(parts: Parts, count: int = 40, each: int = 40, stations: Sequence[str] = STATIONS) -> None:
    """Figures of past days at some stations; at one of them the light fades in the last week."""
    rng, today = np.random.default_rng(3), midnight(datetime.now(UTC))
    for before in range(count, 0, -1):
        for station in stations:
            fading = -6.0 * max(0, 8 - before) if station == "dock-3" else 0.0
            views(parts.database, rng, today - before * DAY, station, each, brightness=fading)
    roll_up(parts.database, "photo", datetime.now(UTC))


def alarm(parts: Parts, metric: str, hint: str, **columns: Any) -> str:
    """Enter an open alarm; returns its identifier."""
    now = datetime.now(UTC)
    about = {"modality": "photo", "office": "main", "station": "dock-3", "subject": ""} | columns
    row = DriftAlarmRow(
        id=new_id("drift"),
        metric=metric,
        hint=hint,
        value=0.93,
        limit=0.25,
        state="open",
        live=f"{metric} {about['modality']} {about['station']} {about['subject']}",
        raised_at=now - timedelta(hours=5),
        seen_at=now,
        **about,
    )
    with parts.database.write() as session:
        session.add(row)
        return row.id


def questions(service: Service, scans: list[str], candidates: list[str], box: tuple[float, ...]) -> list[str]:
    """Ask about one place of each scan; returns the questions, the first asked first."""
    made: list[str] = []
    with service.parts.database.write() as session:
        for number, scan in enumerate(scans):
            document = {"box": list(box), "modality": "photo", "score": 0.52, "candidates": candidates}
            row = LabelTaskRow(
                id=new_id("task"),
                scan_id=scan,
                view=0,
                place=",".join(f"{edge:.0f}" for edge in box),
                office="main",
                sampler="near_threshold",
                priority=number,
                document=document,
                state="open",
                created_at=datetime.now(UTC),
            )
            session.add(row)
            made.append(row.id)
    return made
