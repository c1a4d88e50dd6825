"""Names of companies, compared as people write them. Pure.

A name is shown to the officer as possibly the same; only an exact identifier counts (names are easily borrowed).
"""

import re
import unicodedata

from rapidfuzz import fuzz

ALIKE = 0.88  # token-sort likeness from which two names are possibly the same; chosen by hand, not measured
APART = re.compile(r"[\W_]+")
_FORMS = """
ab ag as aps bv bvba co company corp corporation doo eirl eurl gmbh group holding holdings inc incorporated kft kg kk
lda limited llc llp ltd ltda nv oao ohg ooo oy oyj plc private pte pty pvt sa sarl sas sdn bhd sl spa spol srl sro
spzoo the trading
"""
FORMS = frozenset(_FORMS.split())  # words that say what kind of company it is
CHINESE_FORMS = re.compile(r"(股份有限公司|有限责任公司|有限公司|公司|集团)")


def company_key(name: str) -> str:
    """What of a name tells one company from another: small letters, sorted words, without its legal form."""
    plain = CHINESE_FORMS.sub(" ", unicodedata.normalize("NFKC", name).casefold())
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain.replace(".", "")) if not unicodedata.combining(c))
    words = [word for word in APART.split(plain) if word]
    telling = [word for word in words if word not in FORMS]
    return " ".join(sorted(telling or words))


def likeness(one: str, other: str) -> float:
    """How alike two companies' names are, 0..1, whatever their legal forms and the order of words."""
    return float(fuzz.token_sort_ratio(company_key(one), company_key(other))) / 100
