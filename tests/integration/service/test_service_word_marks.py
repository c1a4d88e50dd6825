"""Word marks filed without a picture are matched by their words, drawn here; on both databases."""

import io
import json
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from inference.artwork.lettering import Lettering
from inference.artwork.rasterise import rasterise
from inference.artwork.views import on_white
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in, wait_for
from tests.integration.service.pictures import jpeg, mark, photograph, png

URL = "/v1/registry/recordations"
PARCELS = count()
GIVEN = {"number": "T1", "status": "approved", "decided_on": "2026-03-02"}


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service on each kind of database."""
    with running(settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))) as started:
        yield started


def filing(title: str = "Kestrel", **changes: Any) -> dict[str, Any]:
    """A word mark as it is filed."""
    own = {"mark_id": "m", "title": title, "feature": "word"} | changes
    return {"officer": "r", "holder": {"name": "Kestrel Works"}, "goods": [{"nice_class": 11}], "marks": [own], **GIVEN}


def entered(service: Service, **changes: Any) -> dict[str, Any]:
    answer = service.client.post(URL, json=filing(**changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def changed(service: Service, made: dict[str, Any], files: Any = None, **changes: Any) -> dict[str, Any]:
    """The mark changed, with its pictures named as they were shown."""
    shown = [{"sha256": p["sha256"], "purpose": p["purpose"]} for p in made["marks"][0]["pictures"]]
    own = {"mark_id": "m", "title": "Kestrel", "feature": "word", "pictures": shown} | changes
    body = made["content"] | {"marks": [own], "officer": "second"}
    headers, address = {"If-Match": f'"{made["version"]}"'}, f"{URL}/{made['id']}"
    if files is None:
        answer = service.client.put(address, json=body, headers=headers)
    else:
        answer = service.client.put(address, data={"metadata": json.dumps(body)}, files=files, headers=headers)
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


def decision(service: Service, words: str) -> str:
    """What the line is told about a photograph of these words in plain letters."""
    data = Lettering().draw(words)
    assert data is not None
    photo = jpeg(on_white(rasterise(data, name=words)))
    found: str = service.scan([photo], parcel=f"P{next(PARCELS)}").json()["verdict"]["decision"]
    return found


def purposes(made: dict[str, Any]) -> list[str]:
    return [picture["purpose"] for picture in made["marks"][0]["pictures"]]


def test_its_words_are_drawn_and_matched_and_the_self_test_says_so(service: Service) -> None:
    made = entered(service)
    assert purposes(made) == ["words"]
    assert decision(service, "Kestrel") == "divert"
    test = made["self_tests"]["m"]
    assert test["rendered"] == 12
    assert "where its words are read" in test["notes"]["photo"]
    assert test["detectable_in"] == ["photo"]
    event = {"event": "revoke", "officer": "r", "reason": "facts_not_truthful"}
    service.client.post(f"{URL}/{made['id']}/events", json=event, headers={"If-Match": "1"})
    assert decision(service, "Kestrel") == "pass"


def test_its_drawing_follows_its_words_and_gives_way_to_a_picture(service: Service) -> None:
    made = entered(service)
    made = changed(service, made, title="A quite different name")
    assert (decision(service, "Kestrel"), decision(service, "A quite different name")) == ("pass", "divert")
    files = [("artwork", ("a.png", png(mark(1))))]
    made = changed(service, made, files, title="Kestrel", pictures=[{"file": "a.png"}])
    assert purposes(made) == ["registered"]
    assert decision(service, "A quite different name") == "pass"
    assert service.scan([photograph(1)]).json()["verdict"]["decision"] == "divert"
    made = changed(service, made, pictures=[])
    assert purposes(made) == ["words"]
    assert decision(service, "Kestrel") == "divert"


def test_a_picture_for_officers_alone_does_not_stand_in_for_its_words(service: Service) -> None:
    files = [("artwork", ("fake.png", png(mark(1))))]
    body = filing(pictures=[{"file": "fake.png", "purpose": "fake_example"}])
    made = service.client.post(URL, data={"metadata": json.dumps(body)}, files=files).json()
    assert purposes(made) == ["fake_example", "words"]
    assert decision(service, "Kestrel") == "divert"


def test_words_too_short_to_be_read_are_told_so(service: Service) -> None:
    made = entered(service, title="Ox")
    assert purposes(made) == ["words"]
    assert made["self_tests"]["m"]["detectable_in"] == []
    assert "too short" in made["self_tests"]["m"]["notes"]["photo"]


@pytest.mark.parametrize(
    ("changes", "said"), [({"title": "灯塔"}, "lacks letters"), ({"feature": "combined"}, "no picture of the mark")]
)
def test_a_mark_that_cannot_be_found_is_recorded_and_told_so(
    service: Service, changes: dict[str, str], said: str
) -> None:
    made = entered(service, **changes)
    assert made["in_force"]
    assert purposes(made) == []
    test = made["self_tests"]["m"]
    assert (test["rendered"], test["expected_recall"], test["detectable_in"]) == (0, 0.0, [])
    assert said in test["notes"]["photo"]


def test_nobody_files_a_drawing_of_ours(service: Service) -> None:
    body = filing(pictures=[{"file": "a.png", "purpose": "words"}])
    files = [("artwork", ("a.png", png(mark(1))))]
    answer = service.client.post(URL, data={"metadata": json.dumps(body)}, files=files)
    assert_problem(answer, 422, "invalid-request", "metadata.marks[0].pictures")
    assert service.stored()["recordations"] == 0


def test_imported_word_marks_are_matched_and_exported_as_they_were_filed(service: Service) -> None:
    for _ in range(2):  # the second time nothing changes
        line = json.dumps(filing() | {"jurisdiction": "CN"})
        answer = service.client.post(
            "/v1/registry/imports",
            data={"metadata": json.dumps({"officer": "r"})},
            files=[("file", ("registry.jsonl", line.encode()))],
        )
        address = answer.headers["location"]
        wait_for(lambda at=address: service.client.get(at).json()["state"] == "done")
    assert service.client.get(address).json()["counts"]["unchanged"] == 1
    wait_for(lambda: decision(service, "Kestrel") == "divert")
    answer = service.client.post("/v1/registry/exports", json={"officer": "r"})
    address = answer.headers["location"]
    wait_for(lambda: service.client.get(address).json()["state"] == "done")
    archive = zipfile.ZipFile(io.BytesIO(service.client.get(f"{address}/file").content))
    assert archive.namelist() == ["registry.jsonl"]
    assert json.loads(archive.read("registry.jsonl"))["marks"] == [
        {"mark_id": "m", "title": "Kestrel", "feature": "word", "pictures": []}
    ]
