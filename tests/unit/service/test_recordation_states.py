"""The life cycle: what may follow what, and what the dates make of a status; identifiers of parties."""

from datetime import date
from typing import get_args

import pytest
from pydantic import ValidationError

from service.parties import Identifier, Period, uscc_check_letter
from service.recordations.documents import Goods, MarkIn
from service.recordations.states import Event, Status, Term, events_of, follow, standing

TERM = Term(valid_from=date(2026, 3, 2), valid_to=date(2036, 3, 1), renewal_opens=date(2035, 9, 1))
MAY = {
    "draft": {"submit": "submitted", "cancel": "cancelled"},
    "submitted": {"accept": "under_review", "refuse": "refused", "cancel": "cancelled"},
    "under_review": {"approve": "approved", "refuse": "refused", "cancel": "cancelled"},
    "approved": {
        "renew": "approved",
        "suspend": "suspended",
        "lapse": "lapsed",
        "cancel": "cancelled",
        "revoke": "revoked",
    },
    "suspended": {"resume": "approved", "lapse": "lapsed", "cancel": "cancelled", "revoke": "revoked"},
    "refused": {},
    "lapsed": {},
    "cancelled": {},
    "revoked": {},
}


@pytest.mark.parametrize("status", get_args(Status))
def test_only_what_may_follow_follows(status: Status) -> None:
    assert {event: follow(status, event) for event in get_args(Event) if follow(status, event)} == MAY[status]
    assert set(events_of(status)) == set(MAY[status])


@pytest.mark.parametrize(
    ("today", "stands"),
    [
        ("2026-03-02", "approved"),
        ("2035-08-31", "approved"),
        ("2035-09-01", "expiring"),
        ("2036-03-01", "expiring"),
        ("2036-03-02", "expired"),
    ],
)
def test_a_recordation_expires_by_itself(today: str, stands: str) -> None:
    assert standing("approved", TERM, date.fromisoformat(today)) == stands
    assert standing("suspended", TERM, date.fromisoformat(today)) == "suspended"


def test_without_an_end_nothing_expires() -> None:
    term = Term(valid_from=date(2026, 3, 2), valid_to=None, renewal_opens=None)
    assert standing("approved", term, date.max) == "approved"


CODE = "91350100M000100Y43"  # the example that goes with the standard
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in CODE)


@pytest.mark.parametrize("value", [CODE, "9135 0100-m000 100y43", WIDE])
def test_a_credit_code_is_compared_without_spaces_case_and_width(value: str) -> None:
    assert Identifier(type="uscc", value=value).value == CODE


@pytest.mark.parametrize("place", range(18))
def test_a_credit_code_with_one_letter_changed_is_refused(place: int) -> None:
    bad = CODE[:place] + ("7" if CODE[place] != "7" else "8") + CODE[place + 1 :]
    with pytest.raises(ValidationError, match="mistyped"):
        Identifier(type="uscc", value=bad)
    assert uscc_check_letter(CODE[:17]) == CODE[17]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("uscc", "123"), ("uscc", "O" * 18), ("eori", ""), ("eori", " - "), ("eori", "NL#1"), ("vat", "é")],
)
def test_what_is_no_identifier_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValidationError):
        Identifier.model_validate({"type": kind, "value": value})


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValidationError, match="before it begins"):
        Period(valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 1))
    Period(valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 2))


@pytest.mark.parametrize(("code", "plain"), [("26.1.1", "26.01.01"), ("5", "05"), (" 27.05 ", "27.05")])
def test_vienna_codes_are_written_in_one_way(code: str, plain: str) -> None:
    assert MarkIn(mark_id="m", title="t", vienna=[code]).vienna == [plain]


@pytest.mark.parametrize("code", ["", "0.1", "30.1", "26.01.01.01", "a.b", "26,1"])
def test_what_is_no_vienna_code_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="Vienna"):
        MarkIn(mark_id="m", title="t", vienna=[code])


@pytest.mark.parametrize("code", ["1", "12345678901", "64o4", "６４"])
def test_what_is_no_hs_code_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="HS code"):
        Goods(nice_class=25, hs_codes=[code])
