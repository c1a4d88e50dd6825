"""Filings that cannot be: each is refused whole, with the field that is wrong; on both databases."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import SVG_WITH_REFERENCE, mark, png, vast_png

URL = "/v1/registry/recordations"
GOOD: dict[str, Any] = {
    "officer": "r",
    "number": "T1",
    "status": "approved",
    "decided_on": "2026-03-02",
    "holder": {"name": "Holder"},
    "goods": [{"nice_class": 11}],
    "marks": [{"mark_id": "m", "title": "T", "pictures": [{"file": "a.png"}]}],
}
MARK: dict[str, Any] = GOOD["marks"][0]


@pytest.fixture(params=KINDS, scope="module")
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with an empty registry, which every test leaves empty."""
    folder = tmp_path_factory.mktemp("var")
    with running(settings_in(folder, database_url=fresh_url(request.param, folder))) as started:
        yield started


def post(service: Service, filing: Any, *files: tuple[str, bytes]) -> Any:
    text = filing if isinstance(filing, str) else json.dumps(filing)
    parts = [("artwork", file) for file in files or [("a.png", png(mark(1)))]]
    return service.client.post(URL, data={"metadata": text}, files=parts)


FILINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"valid_from": "2026-03-02", "valid_to": "2026-03-01"}, "invalid-filing", "metadata.valid_to"),
    ({"valid_to": "2099-01-01"}, "invalid-filing", "metadata.valid_to"),
    ({"valid_from": "2026-03-01"}, "invalid-filing", "metadata.valid_from"),
    ({"submitted_on": "2026-03-03"}, "invalid-filing", "metadata.decided_on"),
    ({"right_expires_on": "2026-03-01"}, "invalid-filing", "metadata.right_expires_on"),
    ({"decided_on": None}, "invalid-filing", "metadata.decided_on"),
    ({"number": None}, "invalid-filing", "metadata.number"),
    ({"status": "draft"}, "invalid-filing", "metadata.decided_on"),
    ({"status": "refused"}, "invalid-filing", "metadata.refusal_reason"),
    ({"status": "submitted", "decided_on": None}, "invalid-filing", "metadata.submitted_on"),
    ({"ended_on": "2026-04-01"}, "invalid-filing", "metadata.ended_on"),
    ({"status": "asleep"}, "invalid-request", "metadata.status"),
    ({"goods": [{"nice_class": 0}]}, "invalid-request", "metadata.goods[0].nice_class"),
    ({"goods": [{"nice_class": 11}, {"nice_class": 46}]}, "invalid-request", "metadata.goods[1].nice_class"),
    ({"goods": [{"nice_class": 35}]}, "invalid-filing", "metadata.goods[0].nice_class"),
    ({"goods": [{"nice_class": 11, "hs_codes": ["x"]}]}, "invalid-request", "metadata.goods[0].hs_codes[0]"),
    ({"right_type": "geographical_indication"}, "invalid-filing", "metadata.right_type"),
    ({"right_type": "perpetual_motion"}, "invalid-request", "metadata.right_type"),
    ({"jurisdiction": "ZZ"}, "unknown-law", "jurisdiction"),
    ({"jurisdiction": "China"}, "invalid-request", "metadata.jurisdiction"),
    ({"marks": []}, "invalid-filing", "metadata.marks"),
    ({"marks": [MARK, MARK]}, "invalid-filing", "metadata.marks"),
    ({"marks": [MARK | {"mark_id": "a/b"}]}, "invalid-request", "metadata.marks[0].mark_id"),
    ({"marks": [MARK | {"vienna": ["99.01"]}]}, "invalid-request", "metadata.marks[0].vienna[0]"),
    ({"marks": [MARK | {"pictures": [{"file": "b.png"}]}]}, "invalid-request", "metadata.marks[0].pictures[0]"),
    ({"marks": [MARK | {"pictures": [{}]}]}, "invalid-request", "metadata.marks[0].pictures[0]"),
    ({"marks": [MARK | {"pictures": [{"sha256": "0" * 64}]}]}, "invalid-request", "metadata.marks[0].pictures[0]"),
    ({"marks": [MARK | {"pictures": []}, {"mark_id": "n", "title": "N"}]}, "invalid-request", "artwork[0]"),
    ({"no_authorised_users": True, "authorised_users": [{"name": "A"}]}, "invalid-filing", "metadata.authorised_users"),
    (
        {"authorised_users": [{"name": "A", "nice_classes": [25]}]},
        "invalid-filing",
        "metadata.authorised_users[0].nice_classes",
    ),
    (
        {"authorised_users": [{"name": "A", "valid_from": "2026-03-02", "valid_to": "2026-03-01"}]},
        "invalid-request",
        "metadata.authorised_users[0]",
    ),
    (
        {"authorised_users": [{"name": "A", "identifiers": [{"type": "uscc", "value": "91350100M000100Y44"}]}]},
        "invalid-request",
        "metadata.authorised_users[0].identifiers[0]",
    ),
    ({"holder": {"name": " "}}, "invalid-request", "metadata.holder.name"),
    ({"holder": None}, "invalid-request", "metadata"),
    ({"holder": None, "holder_id": "nobody"}, "unknown-holder", "holder_id"),
    ({"colour": "red"}, "invalid-request", "metadata.colour"),
    ({"officer": ""}, "invalid-request", "metadata.officer"),
]


@pytest.mark.parametrize(("changes", "code", "field"), FILINGS)
def test_a_filing_that_cannot_be_names_its_field_and_leaves_nothing(
    service: Service, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = post(service, GOOD | changes)
    assert_problem(answer, 404 if code == "unknown-holder" else 422, code, field)
    stored = service.stored()
    assert (stored["recordations"], stored["marks"], stored["holders"], stored["registry_changes"]) == (0, 0, 0, 0)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', '{"officer": "r"', "\x00", "[" * 100_000])
def test_what_is_no_filing_is_refused(service: Service, text: str) -> None:
    assert_problem(post(service, text), 422, "invalid-request", "metadata")


ARTWORK = {
    "nothing": b"",
    "no picture": b"hello",
    "cut off": png(mark(1))[:200],
    "vast": vast_png(),
    "an SVG with a reference": SVG_WITH_REFERENCE,
    "an SVG with a script": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>1</script></svg>',
    "an XML bomb": b'<!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>',
    "blank": png(mark(1) * 0 + 200),
    "a PDF that is none": b"%PDF-1.7\n\x00\x01",
    "a TIFF that is none": b"II*\x00\x08\x00\x00\x00",
}


@pytest.mark.parametrize("name", ARTWORK)
def test_artwork_that_cannot_be_used_is_refused_in_words(service: Service, name: str) -> None:
    answer = post(service, GOOD, ("a.png", ARTWORK[name]))
    assert answer.status_code in (413, 415, 422), answer.text
    body = answer.json()
    assert body["field"] == "artwork[0]"
    assert body["detail"]
    assert service.stored()["recordations"] == 0


def test_two_files_of_one_name_cannot_be_told_apart(service: Service) -> None:
    files = ("a.png", png(mark(1))), ("a.png", png(mark(2)))
    assert_problem(post(service, GOOD, *files), 422, "invalid-request", "metadata.marks[0].pictures[0]")


def test_more_than_may_be_is_refused(service: Service) -> None:
    files = [(f"{n}.png", png(mark(n))) for n in range(9)]
    answer = post(service, GOOD | {"marks": [{"mark_id": "m", "title": "T"}]}, *files)
    assert_problem(answer, 422, "invalid-request", "artwork")
    long = GOOD | {"documents": ["x" * 4000] * 200, "known_infringing": [{"features": "x" * 4000}] * 200}
    answer = post(
        service, long | {"genuine_goods": [{"name": "g", "features": "é" * 4000}] * 200} | {"x": "y" * 4_000_000}
    )
    assert answer.status_code in (400, 422)


def test_what_is_unknown_is_not_found(service: Service) -> None:
    get = service.client.get
    assert_problem(get(f"{URL}/none"), 404, "unknown-recordation", "recordation_id")
    assert_problem(get(f"{URL}/none/history"), 404, "unknown-recordation", "recordation_id")
    event = {"event": "submit", "officer": "r"}
    answer = service.client.post(f"{URL}/none/events", json=event, headers={"If-Match": "1"})
    assert_problem(answer, 404, "unknown-recordation", "recordation_id")
    assert_problem(get("/v1/registry/holders/none"), 404, "unknown-holder", "holder_id")


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"event": "explode"}, "event"),
        ({"event": "cancel", "on": "2999-01-01"}, "on"),
        ({"event": "cancel", "on": "soon"}, "on"),
        ({"event": "cancel", "officer": ""}, "officer"),
        ({"event": "cancel", "colour": "red"}, "colour"),
    ],
)
def test_an_event_that_cannot_be_changes_nothing(service: Service, event: dict[str, Any], field: str) -> None:
    draft = {"officer": "r", "holder": {"name": "Holder"}, "marks": [{"mark_id": "draft", "title": "T"}]}
    found = service.client.get(URL, params={"standing": "draft"}).json()["items"]
    made = service.client.get(f"{URL}/{found[0]['id']}") if found else service.client.post(URL, json=draft)
    before = made.json()
    body = {"officer": "r"} | event
    answer = service.client.post(f"{URL}/{before['id']}/events", json=body, headers={"If-Match": "1"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"].rsplit(".", 1)[-1] == field
    assert service.client.get(f"{URL}/{before['id']}").json() == before
