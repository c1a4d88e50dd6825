"""What is posted: the sample parcels for the real models, a small picture for the tests' inspector."""

from collections.abc import Sequence

from service.settings import PACKAGE_ROOT
from tests.integration.service.pictures import photograph

PARCELS = PACKAGE_ROOT / "datasets" / "samples" / "parcels"


def chosen(*, fake: bool) -> Sequence[bytes]:
    """JPEG files."""
    if fake:
        return [photograph(1)]
    return [path.read_bytes() for path in sorted(PARCELS.glob("*.jpg"))]
