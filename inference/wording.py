"""Words: what a reader saw on a crop, and how much of a recorded mark's word that is.

A word mark is protected in any lettering, so its artwork need not resemble the goods; the letters do. Near misses count
in part: "ADIDOS" is what an imitation says, and also what a reader makes of a creased "adidas".
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel

from inference.vocabulary import Reading

WEIGHT = 0.7  # similarity that a whole word is worth when right holders are ranked (docs/adr/0008)
FLOOR = 0.5  # share of the letters in common, in order, from which on likeness counts
LEAST_SURE = 0.5  # readings of which the reader is less sure say nothing
SHORTEST = 3  # letters: two agree by chance
HAN = 2  # letters that a Han character is worth: there are thousands of them
CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЅЗІЈКМНОРСТУХԌ", "ABEZHIKMNOPTYXABES3IJKMHOPCTYXG")  # Greek, Cyrillic
LOOKALIKES = str.maketrans("01ıаеорсухіјѕԁһԛԝοαρνικυ", "oliaeopcyxijsdhqwoapviku")
NEARLY = 0.6  # of a word, read of a mark of which nothing else is filed: four of five letters in common
ENOUGH = 5  # letters: shorter words count less


def fold(text: str) -> str:
    """Letters and digits alone, without case, width or diacritics: "Nescafé®" -> "nescafe"."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def skeleton(text: str) -> str:
    """`fold`, and one letter for all that look like it: "YAH00", "УАНОО" and "yahoo" are "yahoo".

    After the confusables of Unicode Technical Standard 39; letters that look like no Latin letter stay.
    """
    alike = text.translate(CAPITALS)  # before folding: a Greek capital eta looks like an H, the small one like an n
    return fold(alike).translate(LOOKALIKES).replace("rn", "m").replace("vv", "w")


def comparable(text: str) -> str:
    """The `skeleton` of a mark's word, or nothing if that is too short: nothing is like nothing."""
    letters = skeleton(text)
    return letters if length(letters) >= SHORTEST else ""


def length(folded: str) -> int:
    """How many letters it is worth; "华为" says as much as four Latin letters."""
    return sum(HAN if "\u3400" <= letter <= "\u9fff" else 1 for letter in folded)


def wording(reading: Reading, words: Sequence[str]) -> NDArray[np.float32]:
    """How much each word (n,), as `comparable` gives it, is what was read, 0..1.

    All zero for a reading too short or too unsure. Likeness is 2 * common / (letters of both), common
    being the longest common subsequence (normalised Indel).
    """
    read = skeleton(reading.text)
    if reading.confidence < LEAST_SURE or length(read) < SHORTEST or not words:
        return np.zeros(len(words), np.float32)
    alike = process.cdist([read], words, scorer=Indel.normalized_similarity, score_cutoff=FLOOR, dtype=np.float32)[
        0
    ]  # (n,)
    letters = min(1.0, (length(read) - 1) / (ENOUGH - 1))
    return np.asarray(np.clip((alike - FLOOR) / (1 - FLOOR), 0, 1) * letters * reading.confidence, np.float32)
