"""What speaks for and against a suspicion, in the language of the page."""

from inference.saying import FORMS
from service.console.catalogue import DEFAULT, Catalogue
from service.scans.schemas import ReasonOut

WORDS = ("where", "role")  # values that are themselves words of a language
OPEN = {"since": "ever", "until": "no end"}  # values that may be one


def told(t: Catalogue, reason: ReasonOut) -> str:
    """The reason in the page's language; in English, as it was stored, if it is of an older release."""
    if t.language == DEFAULT or reason.form not in FORMS:
        return reason.text
    values = dict(reason.values)
    for name in WORDS:
        key = f"{name}.{values.get(name, '').replace(' ', '_')}"
        if key in t:
            values[name] = t(key)
    for name, word in OPEN.items():
        if values.get(name) == word:
            values[name] = t(f"{name}.open")
    return t(f"because.{reason.form}", **values)
