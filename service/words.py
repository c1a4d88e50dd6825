"""Words as they are searched: without case, width and diacritics, in their own script and in Latin letters. Pure."""

import re
import unicodedata

from anyascii import anyascii

LONGEST = 128  # characters of one term
APART = re.compile(r"[\W_]+")
SCRIPT_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # kana and Han


def plain(text: str) -> str:
    """`text` without case, width and diacritics."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not unicodedata.combining(letter)))


def latin(text: str) -> str:
    """`text` in Latin letters: 康师傅 is "kang shi fu", Нестле is "nestle"."""
    parts = (f" {anyascii(c)} " if SCRIPT_WITHOUT_SPACES.match(c) else anyascii(c) for c in text)
    return plain("".join(parts))


def terms(text: str) -> set[str]:
    """The words under which `text` is found: each word, the whole run together, and both in Latin letters."""
    found: set[str] = set()
    for form in {plain(text), latin(text)}:
        words = [word for word in APART.split(form) if word]
        found.update(words)
        found.add("".join(words))
        for word in words:
            found.update(_pairs(word))
    return {term[:LONGEST] for term in found if term}


def query_words(text: str) -> list[str]:
    """The words of what somebody looks for, each once, in order."""
    return list(dict.fromkeys(word[:LONGEST] for word in APART.split(plain(text)) if word))


def _pairs(word: str) -> set[str]:
    """Each two neighbouring letters of a word in a script that is written without spaces."""
    if not SCRIPT_WITHOUT_SPACES.search(word):
        return set()
    return {word[start : start + 2] for start in range(len(word) - 1)}
