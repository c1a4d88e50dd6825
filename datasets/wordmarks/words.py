"""Names that nobody bears, easy to say; and names that differ from one by a single letter."""

from numpy.random import Generator

from datasets.fictitious.names import NAMES

ONSETS = ("b", "br", "c", "d", "dr", "f", "g", "gl", "h", "j", "k", "kr", "l", "m", "n", "p", "pl", "qu", "r", "s",
          "sk", "sp", "st", "t", "tr", "v", "w", "x", "y", "z", "")  # fmt: skip
VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "au", "ea", "ia", "io", "oo", "ou", "y")
CODAS = ("", "", "", "l", "m", "n", "r", "s", "t", "x", "nd", "rk", "st", "lt", "ck", "ff", "z")
INNER = ("", "", "", "", "", "l", "m", "n", "r", "s")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LOOKALIKES = {
    "a": "eo", "b": "dhp", "c": "eo", "d": "bo", "e": "ac", "f": "t", "g": "qy", "h": "bn", "i": "lj", "j": "i",
    "k": "hx", "l": "it", "m": "nw", "n": "mhr", "o": "aec", "p": "bq", "q": "gp", "r": "n", "s": "z", "t": "fl",
    "u": "vn", "v": "uw", "w": "vm", "x": "k", "y": "vg", "z": "s",
}  # fmt: skip


def name(rng: Generator) -> str:
    """One name, 3 to 14 letters or so, now and then two words; capitals at the beginnings."""
    if rng.random() < 0.15:
        return f"{_word(rng, most=2)} {_word(rng, most=2)}"
    return str(rng.choice(NAMES)) if rng.random() < 0.1 else _word(rng, most=4)


def _word(rng: Generator, most: int) -> str:
    count = min(most, int(rng.choice((1, 2, 3, 4), p=(0.2, 0.5, 0.27, 0.03))))
    parts = [f"{rng.choice(ONSETS)}{rng.choice(VOWELS)}" for _ in range(count)]
    inner = [str(rng.choice(INNER)) for _ in parts[1:]]
    word = "".join(f"{part}{coda}" for part, coda in zip(parts, [*inner, rng.choice(CODAS)], strict=True))
    return word.capitalize() if len(word) > 2 else _word(rng, most)


def sibling(rng: Generator, other: str) -> str:
    """The name with one letter changed, left out, put in, or two neighbours swapped: never the same again."""
    letters = other.lower()
    while True:
        at = int(rng.choice([i for i, letter in enumerate(letters) if letter != " "]))
        changed = letters[:at] + _instead(rng, letters, at)
        if changed != letters and all(len(word) > 1 for word in changed.split(" ")):
            return changed.title()


def _instead(rng: Generator, letters: str, at: int) -> str:
    """What follows the first `at` letters, with one mistake at its beginning."""
    kind = rng.choice(("lookalike", "any", "drop", "add", "swap"), p=(0.45, 0.2, 0.15, 0.1, 0.1))
    here, rest = letters[at], letters[at + 1 :]
    if kind == "lookalike" and here in LOOKALIKES:
        return str(rng.choice(list(LOOKALIKES[here]))) + rest
    if kind == "drop":
        return rest
    if kind == "add":
        return here + here + rest
    if kind == "swap" and rest[:1].strip():
        return rest[0] + here + rest[1:]
    return str(rng.choice(list(LETTERS))) + rest
