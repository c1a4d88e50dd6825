"""Which scan goes next: parcels in order, the line before what can wait, and nobody for ever last."""

from hypothesis import given
from hypothesis import strategies as st

from service.agent.items import LANES, Item
from service.agent.order import next_item, turn


def item(number: int, parcel: str = "", lane: str = "live", deadline: float | None = None, **more: float) -> Item:
    return Item(
        id=number,
        key=f"k{number}",
        parcel=parcel or f"P{number}",
        lane=lane,  # type: ignore[arg-type]
        metadata={},
        size=1,
        created_at=0.0,
        deadline=deadline,
        **more,  # type: ignore[arg-type]
    )


ITEMS = st.lists(
    st.builds(
        lambda parcel, lane, deadline, next_try: (parcel, lane, deadline, next_try),
        st.sampled_from("ABC"),
        st.sampled_from(LANES),
        st.none() | st.floats(0, 20),
        st.floats(0, 20),
    ),
    max_size=12,
)


@given(ITEMS, st.floats(0, 20))
def test_a_scan_never_overtakes_an_earlier_one_of_its_parcel(
    drawn: list[tuple[str, str, float | None, float]], now: float
) -> None:
    items = [item(n, p, lane, due, next_try=t) for n, (p, lane, due, t) in enumerate(drawn)]
    sent: list[Item] = []
    while (chosen := next_item(items, busy=(), now=now, questions=2)) is not None:
        assert chosen.next_try <= now
        earlier = [other for other in items if other.parcel == chosen.parcel and other.id < chosen.id]
        assert earlier == []
        items.remove(chosen)
        sent.append(chosen)
    for left in items:  # whoever is left waits for its own moment, or for one before it of its parcel
        assert any(other.next_try > now for other in items if other.parcel == left.parcel and other.id <= left.id)


@given(ITEMS)
def test_everything_is_sent_in_the_end(drawn: list[tuple[str, str, float | None, float]]) -> None:
    items = [item(n, p, lane, due, next_try=t) for n, (p, lane, due, t) in enumerate(drawn)]
    count = 0
    while (chosen := next_item(items, busy=(), now=99.0, questions=2)) is not None:
        items.remove(chosen)
        count += 1
    assert (count, items) == (len(drawn), [])


def test_who_can_still_be_answered_in_time_comes_first() -> None:
    late, hand, soon, later, bulk = (
        item(1, deadline=5.0),
        item(2, lane="handheld"),
        item(3, deadline=12.0),
        item(4, deadline=11.0),
        item(5, lane="bulk"),
    )
    items = [late, hand, soon, later, bulk]
    order = []
    while (chosen := next_item(items, busy=(), now=10.0, questions=2)) is not None:
        order.append(chosen.id)
        items.remove(chosen)
    assert order == [4, 3, 2, 1, 5]


def test_a_parcel_that_is_being_sent_waits_and_the_others_do_not() -> None:
    first, second, other = item(1, "A"), item(2, "A"), item(3, "B")
    assert next_item([first, second, other], busy={turn(first)}, now=0.0, questions=2) is other


def test_a_scan_that_the_service_has_holds_up_nobody() -> None:
    posted, second = item(1, "A"), item(2, "A")
    posted.scan, posted.next_try = "scan_1", 99.0
    assert next_item([posted, second], busy=(), now=0.0, questions=2) is second
