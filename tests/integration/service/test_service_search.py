"""Finding recordations: by what is written of them, and by a picture; on both databases."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import mark, png

URL = "/v1/registry/recordations"


@pytest.fixture(params=KINDS, scope="module")
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with five recordations."""
    folder = tmp_path_factory.mktemp("var")
    with running(settings_in(folder, database_url=fresh_url(request.param, folder))) as started:
        enter(started, 1, "Kestrel Lantern", "Kestrel Lantern Works", nice=[11], vienna=["26.01.01"])
        enter(started, 2, "康师傅", "Ting Hsin", nice=[30], transliterations=["Master Kong"])
        enter(started, 3, "Нестор", "Nestor Olives S.A.", nice=[29, 30], vienna=["05.07.02"])
        enter(started, 4, "Élodie", "Élodie Parfums", nice=[3], status="draft", number=None, decided_on=None)
        enter(started, 5, "Kestrel", "Falcon Boots", nice=[25], vienna=["26.01"], valid_from="2010-01-01")
        yield started


def enter(service: Service, seed: int, title: str, holder: str, **changes: Any) -> None:
    own = {key: changes.pop(key) for key in ("vienna", "transliterations") if key in changes}
    nice = changes.pop("nice")
    if "valid_from" in changes:
        changes |= {"decided_on": changes.pop("valid_from")}
    filing = {
        "officer": "r",
        "number": f"T-{seed:04}",
        "status": "approved",
        "decided_on": "2026-03-02",
        "holder": {"name": holder},
        "goods": [{"nice_class": number} for number in nice],
        "marks": [{"mark_id": f"m{seed}", "title": title, "registration_no": f"77{seed}001", **own}],
    }
    files = [("artwork", (f"{seed}.png", png(mark(seed))))]
    answer = service.client.post(URL, data={"metadata": json.dumps(filing | changes)}, files=files)
    assert answer.status_code == 201, answer.text


def found(service: Service, **asked: Any) -> list[str]:
    answer = service.client.get(URL, params=asked)
    assert answer.status_code == 200, answer.text
    return [" ".join(item["marks"]) for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("kestrel", ["Kestrel Lantern", "Kestrel"]),
        ("KESTREL lantern", ["Kestrel Lantern"]),
        ("kestrl lantren", ["Kestrel Lantern"]),
        ("kest", ["Kestrel Lantern", "Kestrel"]),
        ("kestrellantern", ["Kestrel Lantern"]),
        ("康师傅", ["康师傅"]),
        ("师傅", ["康师傅"]),
        ("kangshifu", ["康师傅"]),
        ("master kong", ["康师傅"]),
        ("nestor", ["Нестор"]),
        ("НЕСТОР", ["Нестор"]),
        ("elodie", ["Élodie"]),
        ("ｅｌｏｄｉｅ", ["Élodie"]),
        ("falcon", ["Kestrel"]),
        ("zzzzzz", []),
    ],
)
def test_words_are_found_in_any_spelling_and_script(service: Service, words: str, titles: list[str]) -> None:
    assert sorted(found(service, q=words)) == sorted(titles)


def test_the_nearest_spelling_comes_first(service: Service) -> None:
    answer = service.client.get(URL, params={"q": "kestrel lantern"}).json()["items"]
    assert answer[0]["likeness"] == 1.0


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({"number": "t 0003"}, ["Нестор"]),
        ({"number": "771001"}, ["Kestrel Lantern"]),
        ({"holder": "falcon boots"}, ["Kestrel"]),
        ({"holder": "kestrel"}, ["Kestrel Lantern"]),
        ({"nice": 30}, ["康师傅", "Нестор"]),
        ({"nice": [3, 29]}, ["Нестор", "Élodie"]),
        ({"vienna": "26"}, ["Kestrel Lantern", "Kestrel"]),
        ({"vienna": "26.1"}, ["Kestrel Lantern", "Kestrel"]),
        ({"vienna": "26.01.01"}, ["Kestrel Lantern"]),
        ({"vienna": ["26", "5"]}, []),
        ({"standing": "draft"}, ["Élodie"]),
        ({"standing": "expired"}, ["Kestrel"]),
        ({"standing": "approved", "q": "kestrel"}, ["Kestrel Lantern"]),
        ({"standing": "expiring"}, []),
        ({"q": "kestrel", "nice": [11, 30], "vienna": "26", "number": "T-0001"}, ["Kestrel Lantern"]),
        ({"q": "kestrel", "nice": 30}, []),
        ({"right_type": "patent"}, []),
        ({"jurisdiction": "EU"}, []),
    ],
)
def test_filters_are_all_fulfilled(service: Service, asked: dict[str, Any], titles: list[str]) -> None:
    assert sorted(found(service, **asked)) == sorted(titles)


@pytest.mark.parametrize("asked", [{}, {"q": "kestrel"}])
def test_pages_hold_each_recordation_once(service: Service, asked: dict[str, Any]) -> None:
    whole = found(service, **asked)
    pages, cursor = [], None
    while True:
        answer = service.client.get(URL, params={**asked, "limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        pages += [" ".join(item["marks"]) for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert pages == whole
    assert len(whole) == (2 if asked else 5)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"nice": 46}, "nice[0]"),
        ({"vienna": "99.1"}, "vienna[0]"),
        ({"standing": "lost"}, "standing"),
        ({"q": "x" * 201}, "q"),
        ({"q": "kestrel", "cursor": "-1"}, "cursor"),
        ({"limit": 0}, "limit"),
    ],
)
def test_what_cannot_be_asked_is_named(service: Service, asked: dict[str, Any], field: str) -> None:
    answer = service.client.get(URL, params=asked)
    code = "bad-cursor" if field == "cursor" else "invalid-request"
    assert_problem(answer, 422, code, field)


def test_a_picture_finds_the_marks_it_looks_like_and_is_not_stored(service: Service) -> None:
    before = service.stored()
    headers = {"Content-Type": "image/png"}
    answer = service.client.post("/v1/registry/search/image?limit=3", content=png(mark(3)), headers=headers).json()
    assert [item["mark"]["mark_id"] for item in answer["items"]][0] == "m3"
    assert answer["items"][0]["similarity"] > 0.99
    assert answer["items"][0]["recordation"]["number"] == "T-0003"
    assert len(answer["items"]) == 3
    assert service.stored() == before


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"", "image/png", 422, "bad-artwork"),
        (b"\x89PNG\r\n\x1a\n", "image/png", 422, "bad-artwork"),
        (b"hello", "text/plain", 415, "unsupported-body"),
    ],
)
def test_a_picture_that_is_none_is_refused(service: Service, content: bytes, kind: str, status: int, code: str) -> None:
    answer = service.client.post("/v1/registry/search/image", content=content, headers={"Content-Type": kind})
    assert_problem(answer, status, code, "Content-Type" if status == 415 else "body")
