"""A word mark is recorded without a picture, and the next parcel that bears the word, in a lettering of its own, raises
the alert. With the shipped models, on SQLite and on PostgreSQL.
"""

from pathlib import Path
from typing import Any

import pytest

from service.inspecting import load_models
from service.settings import PACKAGE_ROOT
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, running, settings_in

PARCELS = PACKAGE_ROOT / "datasets" / "samples" / "parcels"
FILING = {
    "officer": "r.egistrar",
    "number": "T2026-000118",
    "status": "approved",
    "decided_on": "2026-03-02",
    "holder": {"name": "Birchimo Shoes"},
    "goods": [{"nice_class": 25, "text": "shoes"}],
    "marks": [{"mark_id": "birchimo", "title": "Birchimo", "feature": "word"}],
}


def verdict(service: Service, picture: str, parcel: str) -> dict[str, Any]:
    """What the line is told about a sample parcel."""
    found: dict[str, Any] = service.scan([(PARCELS / picture).read_bytes()], parcel=parcel).json()["verdict"]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_without_a_picture_is_found_where_it_is_read(kind: str, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, database_url=fresh_url(kind, tmp_path))
    with running(settings, load_models(PACKAGE_ROOT / "models", 2, None)) as service:
        made = service.client.post("/v1/registry/recordations", json=FILING).json()
        assert made["self_tests"]["birchimo"]["detectable_in"] == ["photo"]
        found = verdict(service, "shoes-on-belt.jpg", "P1")
        assert found["decision"] == "divert"
        (suspicion,) = found["suspicions"]
        assert suspicion["mark"]["mark_id"] == "birchimo"
        codes = {reason["code"] for reason in suspicion["reasons"]}
        assert "reads_as_mark" in codes
        assert not codes & {"artwork_fits", "artwork_hardly_fits", "deviates_from_artwork"}  # none is filed
        assert "similarity to plain letters" in " ".join(reason["text"] for reason in suspicion["reasons"])
        assert verdict(service, "plain-carton.jpg", "P2")["decision"] == "pass"
        event = {"event": "revoke", "officer": "r.egistrar", "reason": "facts_not_truthful"}
        address = f"/v1/registry/recordations/{made['id']}/events"
        assert service.client.post(address, json=event, headers={"If-Match": "1"}).status_code == 200
        assert verdict(service, "shoes-on-belt.jpg", "P3")["decision"] == "pass"
        (alert,) = service.client.get("/v1/alerts").json()["items"]
        told = service.client.post(f"/v1/alerts/{alert['id']}/replays").json()
        assert told["same"]
        assert told["verdict"]["suspicions"][0]["reasons"] == suspicion["reasons"]  # by words alone then, too
