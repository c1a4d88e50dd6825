"""Service and agent are killed at random moments: each photograph arrives, whole, and once."""

from pathlib import Path

from tests.faults.killing import kill_and_count


def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    came = kill_and_count(300, 4, tmp_path)
    assert sum(came.kills.values()) == 4
    assert (came.lost, came.reckoning.doubled, came.reckoning.unfinished, came.reckoning.sound) == (0, 0, 0, "")
