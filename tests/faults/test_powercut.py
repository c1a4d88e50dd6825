"""The power goes while scans are taken: nothing that was acknowledged is gone, and the test would see it if it were."""

from pathlib import Path

import pytest

from tests.faults.disks import unusable
from tests.faults.powercut import rounds

NO_DISK = unusable()
NEEDS_DISK = pytest.mark.skipif(bool(NO_DISK), reason=NO_DISK)


@NEEDS_DISK
def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    for came in rounds(2, tmp_path):
        assert (came.lost_scans, came.lost_images, came.doubled, came.sound) == (0, 0, 0, "")


@NEEDS_DISK
@pytest.mark.parametrize("mutant", ["files", "rows"])
def test_a_service_that_does_not_sync_fails_the_same_test(tmp_path: Path, mutant: str) -> None:
    (came,) = rounds(1, tmp_path, mutant=mutant)
    assert came.lost > 0 or came.sound
