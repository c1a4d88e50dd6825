"""What companies may ask: public fields, lists, advance reviews; on both databases."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.companies.errors import TooManyQuestions
from service.companies.limiting import RateLimit
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import mark, photograph, png

SECRET = "Secret Exporter"  # noqa: S105 - what must not be told
OWN = {"type": "eori", "value": "NL123456789"}


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service with one recordation that has a licensee, and one draft."""
    settings = settings_in(
        tmp_path, database_url=fresh_url(request.param, tmp_path), questions_a_minute=200, reviews_a_minute=20
    )
    with running(settings) as started:
        enter(started, 1, "Kestrel Lantern", "T-0001", status="approved", decided_on="2026-03-02")
        enter(started, 2, "Hidden Plan", None)
        yield started


def enter(service: Service, seed: int, title: str, number: str | None, **procedure: str) -> None:
    filing = {
        "officer": "r",
        "number": number,
        "holder": {"name": f"{title} Works", "contacts": [{"name": "Secret Contact", "phone": "+31 6"}]},
        "goods": [{"nice_class": 11, "text": "lamps"}],
        "authorised_users": [{"name": SECRET, "identifiers": [OWN], "role": "exporter"}],
        "genuine_goods": [{"name": "lamp", "price": "secret price"}],
        "marks": [{"mark_id": f"m{seed}", "title": title, "registration_no": f"90{seed}", "pictures": []}],
    } | procedure
    files = [("artwork", (f"{seed}.png", png(mark(seed))))]
    answer = service.client.post("/v1/registry/recordations", data={"metadata": json.dumps(filing)}, files=files)
    assert answer.status_code == 201, answer.text


def reviewed(service: Service, picture: bytes, **asked: Any) -> httpx.Response:
    files = [("views", ("label.jpg", picture, "image/jpeg"))]
    return service.client.post("/v1/public/reviews", data={"metadata": json.dumps(asked)}, files=files)


@pytest.mark.parametrize("asked", [{"number": "T 0001"}, {"number": "901"}, {"mark": "kestrl"}, {"holder": "lantern"}])
def test_the_public_sees_public_fields_only(service: Service, asked: dict[str, str]) -> None:
    answer = service.client.get("/v1/public/filings", params=asked)
    (item,) = answer.json()["items"]
    assert item == {
        "number": "T-0001",
        "jurisdiction": "CN",
        "right_type": "trademark",
        "holder": "Kestrel Lantern Works",
        "marks": [{"title": "Kestrel Lantern", "registration_no": "901"}],
        "goods": [{"nice_class": 11, "text": "lamps"}],
        "status": "recorded",
        "valid_to": "2036-03-01",
    }
    assert "ecret" not in answer.text


def test_what_is_only_applied_for_is_not_public(service: Service) -> None:
    assert service.client.get("/v1/public/filings", params={"mark": "hidden plan"}).json()["items"] == []


def test_a_list_comes_back_with_the_status_of_each_row(service: Service) -> None:
    asked = 'sku,number,mark\n"=A1",T-0001,\n2,,kestrel lantern\n3,,nothing like it\n4,,\n'
    answer = service.client.post("/v1/public/checks", content=asked, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    heading, *rows = csv.reader(io.StringIO(answer.text))
    assert heading[:3] == ["sku", "number", "mark"]
    told = [dict(zip(heading, row, strict=True)) for row in rows]
    assert [one["found"] for one in told] == ["1", "1", "0", "0"]
    assert (told[0]["sku"], told[0]["status"], told[0]["valid_to"]) == ("'=A1", "recorded", "2036-03-01")
    assert "ecret" not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"colour\nred\n", b"number\n\xff\n", b'number\n"x', b"number\n" + b"1\n" * 1001, b"number,mark\n1\n"]
)
def test_a_list_that_cannot_be_checked_is_refused(service: Service, body: bytes) -> None:
    answer = service.client.post("/v1/public/checks", content=body, headers={"Content-Type": "text/csv"})
    assert_problem(answer, 422, "bad-check-list", "body")


def test_a_review_tells_look_alikes_and_keeps_nothing(service: Service) -> None:
    before = service.stored()
    answer = reviewed(service, photograph(1), goods=[{"name": "lamps", "hs": "9405.40"}])
    (found,) = answer.json()["look_alikes"]
    assert (found["filing"]["number"], found["goods"], found["authorisation"]) == ("T-0001", "same", "unknown")
    assert found["reasons"]
    assert answer.json()["id"] is None
    assert service.stored() == before
    assert "ecret" not in answer.text
    assert reviewed(service, photograph(7)).json()["look_alikes"] == []


@pytest.mark.parametrize(
    ("identifiers", "goods", "said"),
    [
        ([OWN], [], "covered"),
        ([{"type": "eori", "value": "NL 123-456.789"}], [{"name": "lamps", "nice_class": 11}], "covered"),
        ([{"type": "eori", "value": "NL123456788"}], [], "not_covered"),
        ([{"type": "vat", "value": "NL123456789"}], [], "not_covered"),
    ],
)
def test_a_review_says_whether_the_asker_is_covered(
    service: Service, identifiers: list[dict[str, str]], goods: list[dict[str, Any]], said: str
) -> None:
    answer = reviewed(service, photograph(1), identifiers=identifiers, goods=goods)
    (found,) = answer.json()["look_alikes"]
    assert found["authorisation"] == said
    assert SECRET not in answer.text


def test_a_review_is_kept_when_that_is_asked_for(service: Service) -> None:
    made = reviewed(service, photograph(1), keep=True).json()
    assert service.client.get(f"/v1/public/reviews/{made['id']}").json() == made
    assert_problem(service.client.get("/v1/public/reviews/none"), 404, "unknown-review", "review_id")


def test_whoever_asks_too_often_is_told_when_to_ask_again(service: Service) -> None:
    answers = [reviewed(service, b"") for _ in range(21)]
    assert {answer.status_code for answer in answers[:-1]} == {422}
    assert_problem(answers[-1], 429, "too-many-questions", "client")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert service.client.get("/v1/public/filings").status_code == 200  # another bucket


def test_a_bucket_fills_again_and_addresses_do_not_share_it() -> None:
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    limit.take("a")
    limit.take("a")
    limit.take("b")
    with pytest.raises(TooManyQuestions) as refused:
        limit.take("a")
    assert refused.value.retry_after == 30
    now[0] = 30.0
    limit.take("a")
    with pytest.raises(TooManyQuestions):
        limit.take("a")
