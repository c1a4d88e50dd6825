"""The service is away, then an hour ahead, then an hour behind: the line is told in time, and nothing is lost."""

from pathlib import Path

from tests.faults.outage import endure


def test_an_outage_and_wrong_clocks_lose_nothing_and_make_no_line_late(tmp_path: Path) -> None:
    came = endure(tmp_path, seconds=8, an_hour=9000, beside=4)
    assert came.outage_away > 5
    assert came.outage_by_policy >= came.outage_away - 8  # the last of them may still be answered in time
    assert (came.outage_lost, came.outage_doubled, came.outage_unsound) == (0, 0, "")
    assert (came.outage_untold, came.outage_told_late) == (0, 0)
    assert came.outage_said
