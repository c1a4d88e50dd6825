"""Invented names: each was compared with the titles of some 5,000 real marks, and is no brand that we know of.

A name beyond the list is put together from syllables; those have been compared with nothing.
"""

from random import Random

NAMES = (
    "Norvelle", "Quillabar", "Tesmarin", "Ombrequil", "Velkrona", "Huskadine", "Brindolfe", "Zantipole",
    "Marrowisk", "Plovanta", "Keldoria", "Jistabeau", "Fennocast", "Druvalo", "Wobrane", "Iskelmar",
    "Jupprelon", "Ravintoor", "Glimbard", "Sorvexa", "Tulpenary", "Yarrowex", "Bexandor", "Mirthwexel",
    "Ocklesby", "Pandrivo", "Hollowimb", "Nimbarque", "Estovane", "Garnolith", "Lumquat", "Vorstappel",
    "Caldwyxe", "Teakandra", "Swayloque", "Birchimo", "Zephrode", "Quorvane", "Ulvatine", "Dappermoor",
    "Feldroon", "Kestrique", "Anvolrie", "Poltavire", "Rookansee", "Thimbrel", "Wexanto", "Jolmarra",
    "Orbistane", "Larkovy", "Mundrefel", "Sprindale", "Vantrillo", "Crespolin", "Hobbarque", "Ivernool",
    "Duskavar", "Elmigrade", "Noctavane", "Prunavelle", "Gruvensol", "Tarnoswick", "Belquora", "Wumbrelac",
)  # fmt: skip

_FIRST = ("bra", "cel", "dov", "fen", "gal", "hul", "jor", "kel", "lum", "mav", "nor", "ost", "pry", "quin", "rov")
_MIDDLE = ("a", "e", "i", "o", "u", "ando", "este", "ilo", "ora", "umi")
_LAST = ("bast", "dine", "frel", "gorn", "lax", "mund", "nive", "pole", "quet", "rane", "sket", "tov", "vex", "wisk")


def invented(count: int, rng: Random) -> list[str]:
    """`count` different names in random order; the compared ones first."""
    chosen = rng.sample(NAMES, min(count, len(NAMES)))
    taken = set(chosen)
    most = len(NAMES) + len(_FIRST) * len(_MIDDLE) * len(_LAST)
    if count > most:
        raise ValueError(f"there are only {most} names, {count} were asked for")
    while len(chosen) < count:
        name = (rng.choice(_FIRST) + rng.choice(_MIDDLE) + rng.choice(_LAST)).capitalize()
        if name not in taken:
            taken.add(name)
            chosen.append(name)
    return chosen
