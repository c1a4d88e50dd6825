"""The little of YAML that data.yaml needs: as PyYAML reads it, and refused where it is more than that."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.labels.errors import BadLabels
from datasets.labels.formats.yolo_yaml import lists_of, names_of, quoted

NAMES = {0: "a", 1: "b c", 2: "it's #1: x"}


@pytest.mark.parametrize(
    "text",
    [
        'names:\n  0: a\n  1: b c\n  2: "it\'s #1: x"\n',
        "path: ../x  # with a comment\nnc: 3\nnames:\n- a\n- 'b c'\n- 'it''s #1: x'\nroboflow:\n  license: CC\n",
        "names: ['a', b c, \"it's #1: x\"]  # three\n",
        "names: [a,\n   b c,\n   'it''s #1: x']\n",
        'names: {0: a, 1: b c, 2: "it\'s #1: x"}\r\n',
        "download: |\n  import names\n  names = 1\nnames:\n    0:   a   # first\n\n    1: b c\n    2: 'it''s #1: x'\n",
    ],
)
def test_names_as_tools_write_them(text: str) -> None:
    assert names_of(text) == NAMES
    yaml = pytest.importorskip("yaml")
    said = yaml.safe_load(text)["names"]
    assert (said if isinstance(said, dict) else dict(enumerate(said))) == NAMES


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nc: 1\n", "it has no names"),
        ("names: a\n", "names: 'a' cannot be read"),
        ("names: [a, !!python/object:os.system b]\n", "cannot be read"),
        ("names: [*a, &b c]\n", "cannot be read"),
        ("names: [[a], b]\n", "cannot be read"),
        ("names: {a: 0}\n", "cannot be read"),
        ("names:\n  a: 0\n", "cannot be read"),
        ("names:\n  0: a\n  0: b\n", "class 0 is named twice"),
        ("names: [a]\nnames: [b]\n", "line 2: the key 'names' is given twice"),
        ('names: ["\\q"]\n', "the escape '\\\\q' is unknown"),
        ('names: ["\\Uffffffff"]\n', "is unknown"),
        ("names:\n  0: |\n", "cannot be read"),
        ('names: ["a]\n', "cannot be read"),
    ],
)
def test_what_is_more_than_names_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadLabels) as caught:
        names_of(text)
    assert why in str(caught.value)


def test_lists_of_pictures() -> None:
    assert lists_of("train: a.txt\nval: 'b c.txt'\ntest:\nnames: [x]\n") == ["a.txt", "b c.txt"]
    assert lists_of("train: [a.txt, b.txt]\nnames: [x]\n") == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=8), max_size=4))
def test_any_name_comes_back(names: list[str]) -> None:
    text = "names:\n" + "".join(f"  {i}: {quoted(name)}\n" for i, name in enumerate(names)) or "names: {}\n"
    assert names_of(text) == dict(enumerate(names))
    yaml = pytest.importorskip("yaml")
    assert (yaml.safe_load(text)["names"] or {}) == dict(enumerate(names))


@settings(max_examples=150, deadline=None)
@given(st.text("names:[]{},'\"\\#&*!|-01 ab\n\t", max_size=40))
def test_on_any_text_only_the_one_error(text: str) -> None:
    for reader in (names_of, lists_of):
        try:
            reader(f"names:{text}")
        except BadLabels as error:
            assert str(error)  # noqa: PT017
