"""Views of stored scans, read again from their files as they were read when they came."""

from inference.decoding import Limits
from service.scans.modalities import as_modality
from service.scans.sights import Sight, read_sight
from service.storage import FileStore
from service.tables.scans import ViewRow


def stored_sight(files: FileStore, view: ViewRow, limits: Limits) -> Sight:
    """The photograph or the X-ray scan that a view is."""
    data = files.get(view.sha256)
    return read_sight(data, as_modality(view.modality), limits=limits, sidecar=view.sidecar)
