"""X-ray scans are none of the camera checks' business."""

import pytest

from service.agent.frames import Counts, FrameCheck

DEEP_PNG = b"\x89PNG\r\n\x1a\n" + bytes(16) + b"\x10\x00"


@pytest.mark.parametrize("head", [b"II*\0", b"MM\0*", b"\0" * 128 + b"DICM", DEEP_PNG])
def test_xray_scans_are_left_to_the_service(head: bytes) -> None:
    check = FrameCheck()
    assert check.look("xray", head + b"rest") == ()
    assert check.take() == Counts()
    assert check.look("camera", b"rest") == ("unreadable",)
