"""What is said of X-ray scans is said in every language of the console."""

import re
from pathlib import Path

import pytest

import inference.xray
from service.console.catalogue import LANGUAGES, catalogue

REMARK = re.compile(r'Remark\(\s*code="([a-z_]+)"')


def codes() -> set[str]:
    """The codes of all remarks that are made anywhere."""
    (folder,) = inference.xray.__path__
    return {code for file in Path(folder).rglob("*.py") for code in REMARK.findall(file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remark_has_its_words(language: str) -> None:
    strings = catalogue(language)
    said = {name.removeprefix("remark.") for name in strings.names() if name.startswith("remark.")}
    assert len(codes()) >= 10
    assert said == codes() | {"title"}
