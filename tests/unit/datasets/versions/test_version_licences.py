"""Licences: each picture must name one, and only those on the list may be learnt from."""

from pathlib import Path

import pytest

from datasets.versions.collected import read_collected
from datasets.versions.errors import BadVersion
from datasets.versions.licences import load_licences, refusal


@pytest.mark.parametrize("licence", ["CC0-1.0", "cc by 4.0", " Apache-2.0 ", "internal: customs use only", "CC_BY_4.0"])
def test_what_may_be_learnt_from(licence: str) -> None:
    assert refusal(licence, load_licences()) is None


@pytest.mark.parametrize(
    ("licence", "why"),
    [
        ("", "no licence is stated"),
        (" \t", "no licence is stated"),
        ("CC-BY-NC-4.0", "licence 'CC-BY-NC-4.0': not for commercial use: the models are shipped to anybody"),
        ("Unknown", "licence 'Unknown': nobody gave leave to use it"),
        ("CC-BY", "licence 'CC-BY' is not on the list of those that may be learnt from"),
        ("CC0-1.0 OR MIT", "licence 'CC0-1.0 OR MIT' is not on the list of those that may be learnt from"),
    ],
)
def test_what_may_not(licence: str, why: str) -> None:
    assert refusal(licence, load_licences()) == why


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[licence]]\nnames=['a','A']\nlearn=true\nreason='x'", "has the licence 'A' twice"),
        ("[[licence]]\nnames=['a']\nlearn='yes'\nreason='x'", r"licence\.0\.learn: Input should be a valid boolean"),
        ("[[licence]]\nnames=[]\nlearn=true\nreason='x'", r"licence\.0\.names: List should have at least 1"),
        ("[[licence]]\nnames=['a']\nlearn=true\nreason=' '", r"licence\.0\.reason: String should match"),
        ("[[licence]]\nnames=['a']\nlearn=true\nreason='x'\nmore=1", r"licence\.0\.more: Extra inputs"),
        ("[[license]]", "licence: Field required"),
        ("[[", "is not TOML"),
    ],
)
def test_a_list_with_mistakes_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "l.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadVersion, match=said):
        load_licences(tmp_path / "l.toml")


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadVersion, match="cannot be read: No such file"):
        load_licences(tmp_path / "l.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Invalid JSON"),
        ('{"samplings": []}', "samplings: Extra inputs"),
        ('{"excluded": [{"what": "officer x"}]}', r"excluded\.0\.reason: Field required"),
        ('{"caps": [""]}', r"caps\.0: String should have at least 1"),
    ],
)
def test_what_the_collection_says_is_read_strictly(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "c.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadVersion, match=said):
        read_collected(tmp_path / "c.json")
    with pytest.raises(BadVersion, match="cannot be read"):
        read_collected(tmp_path / "none.json")
