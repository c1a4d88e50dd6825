"""File names and sidecars: what they say, and what is wrong with those that say nothing."""

import json
from typing import Any

import pytest

from service.agent.errors import BadOptions, BadSidecar, UnreadableName
from service.agent.naming import Named, Patterns
from service.agent.sidecars import Sidecar


@pytest.mark.parametrize(
    ("patterns", "stem", "expected"),
    [
        ((), "RX123456785NL", Named(parcel="RX123456785NL")),
        ((), "RX123456785NL_top", Named(parcel="RX123456785NL", view="top")),
        ((), "A_B_side", Named(parcel="A_B", view="side")),
        ((), "包裹-17_顶", Named(parcel="包裹-17", view="顶")),
        (("{captured_at}-{parcel}",), "20260302T091458Z-P7", Named(parcel="P7", captured_at="20260302T091458Z")),
        (("cam2 {parcel} ({image_id})",), "cam2 P7 (000417)", Named(parcel="P7", image_id="000417")),
    ],
)
def test_a_name_says_which_parcel(patterns: tuple[str, ...], stem: str, expected: Named) -> None:
    assert (Patterns(patterns) if patterns else Patterns()).read(stem) == expected


@pytest.mark.parametrize("stem", ["", " ", "a\nb", "a\x00b", "\udcff\udcfe", "x" * 300])
def test_a_name_that_says_nothing_is_refused(stem: str) -> None:
    with pytest.raises(UnreadableName):
        Patterns(("{parcel}",)).read(stem)


@pytest.mark.parametrize("pattern", ["", "{view}", "{parcel}{parcel}", "{parcel}_{colour}"])
def test_a_pattern_that_cannot_work_is_refused_at_the_start(pattern: str) -> None:
    with pytest.raises(BadOptions):
        Patterns((pattern,))


def test_a_sidecar_says_more() -> None:
    said: dict[str, Any] = {
        "parcel": " P7 ",
        "views": ["a.jpg", "b.jpg"],
        "lane": "bulk",
        "answer_within": 12,
        "captured_at": "2026-03-02T09:14:58+01:00",
        "declaration": {"mode": "9610"},
    }
    sidecar = Sidecar(b"\xef\xbb\xbf" + json.dumps(said).encode())
    assert (sidecar.parcel, sidecar.views, sidecar.lane, sidecar.answer_within) == (
        "P7",
        ("a.jpg", "b.jpg"),
        "bulk",
        12.0,
    )
    assert sidecar.metadata == {"captured_at": said["captured_at"], "declaration": said["declaration"]}


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b'["P"]', "object"),
        (b"{}", "parcel"),
        (b'{"parcel": ""}', "parcel"),
        (b'{"parcel": 7}', "parcel"),
        (b'{"parcel": "P", "colour": "red"}', "colour"),
        (b'{"parcel": "P", "lane": "fast"}', "lane"),
        (b'{"parcel": "P", "answer_within": true}', "answer_within"),
        (b'{"parcel": "P", "answer_within": -1}', "answer_within"),
        (b'{"parcel": "P", "answer_within": NaN}', "answer_within"),
        (b'{"parcel": "P", "views": []}', "views"),
        (b'{"parcel": "P", "views": ["../etc/passwd"]}', "views"),
        (b'{"parcel": "P", "views": ["/etc/passwd"]}', "views"),
        (b'{"parcel": "P", "views": ["a.jpg", "a.jpg"]}', "views"),
        (b'{"parcel": "P", "views": [".hidden.jpg"]}', "views"),
        (b'{"parcel": "' + b"x" * 300_000 + b'"}', "bytes"),
    ],
)
def test_a_sidecar_that_is_wrong_is_named(data: bytes, named: str) -> None:
    with pytest.raises(BadSidecar, match=named):
        Sidecar(data)
