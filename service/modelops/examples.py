"""What answers on models look like, for OpenAPI."""

from typing import Any

RELEASE_ID, BEFORE = "release_0193f0c2a5b17d3e8c9a4b1f2d6e7a80", "release_0193f0b1a5b17d3e8c9a4b1f2d6e7a77"
RELEASE: dict[str, Any] = {
    "id": RELEASE_ID,
    "state": "candidate",
    "origin": "retrained",
    "parent_id": BEFORE,
    "job_id": "job_0193f0c2a5b17d3e8c9a4b1f2d6e7a12",
    "parts": ["shadow"],
    "bundles": [{"role": "embedder", "name": "embedder-6", "sha256": "c1" * 32}],
    "gates": {"passed": True, "gates": [{"gate": "recall", "passed": True, "words": "0.91, at least 0.90"}]},
    "words": [{"officer": "anna", "approves": True, "reason": "it finds more", "at": "2026-03-02T09:15:00Z"}],
    "approvals_lacking": 1,
    "card": "# embedder-6",
    "created_by": "tidewaiter",
    "created_at": "2026-03-02T08:00:00Z",
}
DEPLOYMENT: dict[str, Any] = {
    "revision": 4,
    "champion": BEFORE,
    "previous": None,
    "canary": RELEASE_ID,
    "canary_terms": {"stations": ["dock-3"], "share": 0.05},
    "shadow": None,
    "thresholds": 0,
    "changed_by": "bao",
    "changed_at": "2026-03-03T10:00:00Z",
    "here": {"champion": BEFORE, "canary": RELEASE_ID, "shadow": None},
    "faults": {},
}
CASE: dict[str, Any] = {"scan_id": "scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80", "holder": "Kestrique", "score": 0.71}
SHADOW: dict[str, Any] = {
    "release_id": RELEASE_ID,
    "looks": 200,
    "same": 196,
    "diverts": 20,
    "shadow_diverts": 22,
    "gained": [CASE | {"decided": None}],
    "lost": [CASE | {"decided": "not_a_logo"}],
    "gained_count": 3,
    "lost_count": 1,
    "lost_confirmed": 0,
    "lost_unconfirmed": 1,
    "milliseconds": 102.4,
}
THRESHOLDS: dict[str, Any] = {
    "version": 3,
    "thresholds": {
        "everywhere": {"photo": 0.4, "xray": None},
        "stations": {"dock-3": {"photo": 0.5, "xray": None}},
        "marks": {"kestrique": 0.6},
    },
    "reason": "too many false alarms at dock-3",
    "created_by": "anna",
    "created_at": "2026-03-02T09:15:00Z",
}
SIMULATED: dict[str, Any] = {
    "since": "2026-02-23T00:00:00Z",
    "until": "2026-03-02T00:00:00Z",
    "scans": 5210,
    "diverts": 61,
    "would_divert": 48,
    "gained": 0,
    "lost": 13,
    "lost_confirmed": 0,
    "lost_unconfirmed": 11,
    "stations": [{"station": "dock-3", "scans": 5210, "diverts": 61, "would_divert": 48}],
}
