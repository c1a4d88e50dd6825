"""Each suspicion is weighed by the threshold of its own modality."""

import pytest

from service.scans.schemas import SuspicionOut, VerdictOut
from service.scans.weighing import _threshold
from service.schemas import MarkOut


@pytest.mark.parametrize(("own", "used"), [(0.7, 0.7), (0.0, 0.0), (None, 0.9)])
def test_a_suspicion_has_its_own_threshold_and_old_ones_that_of_the_verdict(own: float | None, used: float) -> None:
    mark = MarkOut(mark_id="m", title="M", holder="H")
    item = SuspicionOut(
        view=0, box=(0, 0, 1, 1), detection_score=1.0, score=0.8, threshold=own, mark=mark, reasons=[], candidates=[]
    )
    verdict = VerdictOut(decision="divert", threshold=0.9, suspicions=[item], models={}, milliseconds={})
    assert _threshold(item, verdict) == used
