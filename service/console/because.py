"""What speaks for and against a suspicion, in the language of the page."""

from service.console.catalogue import DEFAULT, Catalogue
from service.scans.schemas import ReasonOut


def told(t: Catalogue, reason: ReasonOut) -> str:
    """The reason's text; it is stored in English."""
    key = f"because.{reason.code}"
    if t.language == DEFAULT or key not in t:
        return reason.text
    return t(key)
