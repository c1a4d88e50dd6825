"""The chain: whatever is done to it is found, but for its end being cut off or all of it written anew."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.chain import GENESIS, Entry, Fault, Head, Sealed, seal
from service.audit.chain import faults as faults_of

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def entry(seq: int, **changes: object) -> Entry:
    given = Entry(seq=seq, at=NOON, actor="r", action="release", kind="alert", subject=f"a{seq}", detail={"n": seq})
    return replace(given, **changes)  # type: ignore[arg-type]


def chain(length: int) -> list[Sealed]:
    made: list[Sealed] = []
    for seq in range(1, length + 1):
        made.append(seal(entry(seq), made[-1].hash if made else GENESIS))
    return made


def faults(whole: list[Sealed]) -> list[Fault]:
    """Of a chain from its beginning."""
    last, found = Head(seq=0, hash=GENESIS), list[Fault]()
    for sealed in whole:
        found += faults_of(sealed, last)
        last = Head(seq=sealed.entry.seq, hash=sealed.hash)
    return found


def test_a_chain_as_it_was_written_has_no_fault() -> None:
    assert list(faults(chain(50))) == []
    assert list(faults([])) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "s"},
        {"action": "hold"},
        {"kind": "scan"},
        {"subject": "a4"},
        {"detail": {"n": 3.0}},
        {"detail": {}},
        {"at": NOON + timedelta(microseconds=1)},
        {"seq": 4},
    ],
)
def test_every_part_of_an_entry_is_covered(changes: dict[str, object]) -> None:
    whole = chain(5)
    whole[2] = replace(whole[2], entry=replace(entry(3), **changes))
    assert [fault.seq for fault in faults(whole) if "content" in fault.reason]


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=8)))
    assert seal(entry(1, at=elsewhere), GENESIS).hash == seal(entry(1), GENESIS).hash


def test_the_hash_is_what_anybody_can_work_out() -> None:
    body = (
        '{"action":"release","actor":"r","at":"2026-11-26T12:00:00.000000+00:00",'
        '"detail":{"n":1},"kind":"alert","seq":1,"subject":"a1"}'
    )
    by_hand = hashlib.sha256(f"{'0' * 64}\n{body}".encode()).hexdigest()
    assert seal(entry(1), GENESIS).hash == by_hand


@given(st.integers(2, 12), st.data())
def test_one_entry_taken_out_put_twice_or_moved_is_found(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    place = data.draw(st.integers(0, length - 2))  # the last may be cut off unseen: that is what heads are for
    other = data.draw(st.integers(0, length - 1).filter(lambda n: n != place))
    without = [sealed for n, sealed in enumerate(whole) if n != place]
    assert list(faults(without))
    swapped = list(whole)
    swapped[place], swapped[other] = (
        replace(whole[other], entry=replace(whole[other].entry, seq=place + 1)),
        replace(whole[place], entry=replace(whole[place].entry, seq=other + 1)),
    )
    assert list(faults(swapped))
    renumbered = [seal(replace(sealed.entry, seq=n), sealed.previous) for n, sealed in enumerate(without, 1)]
    assert list(faults(renumbered))


def test_a_number_that_json_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        seal(entry(1, detail={"score": float("nan")}), GENESIS)
