"""What the models at work see on a stored scan."""

from collections.abc import Callable, Sequence

from service.scans.answers import moment_of
from service.scans.eyes import Eyes, Viewed
from service.scans.judging import ScanJudge
from service.scans.modalities import as_modality
from service.tables import ScanRow


class StoredLook:
    """Looks at stored scans, by the marks that were in force when they were scanned."""

    def __init__(self, *, champion: Callable[[], Eyes], judge: ScanJudge) -> None:
        self._champion, self._judge = champion, judge

    def __call__(self, scan: ScanRow) -> Sequence[Viewed]:
        """What is seen on a scan's views, in their order. Raises BadImage, OSError."""
        eyes = self._champion()
        eyes.refresh({as_modality(view.modality) for view in scan.views})
        return self._judge.look(self._judge.pictures(scan), moment_of(scan), eyes).views
