"""Fictitious names in the letters of other scripts, letter by letter.

What comes out can be said; it is no transliteration by any standard. Only scripts that are set one letter after
another, left to right, without joining.
"""

from collections.abc import Mapping

LATIN = "latin"
_SOUNDS = "abcdefghijklmnopqrstuvwxyz"
_LETTERS: Mapping[str, str] = {
    "cyrillic": "абцдефгхийклмнопчрстувшжыз",
    "greek": "αβχδεφγηιικλμνοπθρστυβωξψζ",
    "armenian": "աբցդեֆգհիճկլմնոպքրստըվւխյզ",
    "georgian": "აბცდეფგჰიჯკლმნოპქრსტუვყხჟზ",
}
_KANA = {
    "a": "アカサタナハマラ",
    "e": "エケセテネヘメレ",
    "i": "イキシチニヒミリ",
    "o": "オコソトノホモロ",
    "u": "ウクスツヌフムル",
}
_ROWS = ("", "kcgqx", "szj", "td", "n", "hfbpv", "m", "rlwy")
SCRIPTS = (LATIN, *_LETTERS, "kana")


def written(name: str, script: str) -> str:
    """A name of Latin letters, a..z in either case and spaces, in a script; capitals stay capitals where there are."""
    if script == LATIN:
        return name
    if script == "kana":
        return " ".join(_kana(word) for word in name.lower().split())
    table = dict(zip(_SOUNDS, _LETTERS[script], strict=True))
    word = "".join(table.get(letter, letter) for letter in name.lower())
    return word.title() if script in ("cyrillic", "greek", "armenian") else word


def _kana(word: str) -> str:
    """Syllables of one consonant and one vowel; a consonant without a vowel gets a u, n becomes ン."""
    found, row = [], 0
    for index, letter in enumerate(word):
        if letter in _KANA:
            found.append(_KANA[letter][row])
            row = 0
            continue
        row = next((i for i, row in enumerate(_ROWS) if letter in row), 0)
        if word[index + 1 : index + 2] not in ("a", "e", "i", "o", "u"):
            found.append("ン" if letter == "n" else _KANA["u"][row])
            row = 0
    return "".join(found)
