"""Cells that a spreadsheet would take for formulas, made harmless and back (OWASP, CSV injection)."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    """`text` with an apostrophe before it if a spreadsheet might calculate it. `unguarded` takes it off again."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def unguarded(text: str) -> str:
    """What was written before `guarded`."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA) else text
