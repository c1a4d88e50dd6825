"""The card and the difference: everything is counted, and what others wrote cannot break out of the text."""

import json
from dataclasses import replace

from version_records import SHA, entry, image, label, manifest

from datasets.versions.card import card
from datasets.versions.diff import difference
from datasets.versions.markdown import MOST, plain, points, table
from datasets.versions.records import Exclusion, Manifest


def full() -> Manifest:
    labels = (label("1", strength="gold"), label("2", category="not_a_logo", mark_id=None), label("3", mark_id=None))
    return manifest(
        entry("a", group="g", labels=labels, complete=True),
        entry("b", group="h", split="test", labels=(label("4", source="set:demo"),), licence="MIT"),
        entry("c", group="i", split="validation", modality="xray"),
        exclusions=(Exclusion(what="image z", reason="a | b\n# <script>"),),
        divided=("sender_1",),
        remarks=("group g has 9 of 10 pictures",),
        caps=("20 % by one officer",),
        commit="c0ffee",
        tools=(("numpy", "2.0"),),
    )


def test_the_card_says_everything() -> None:
    text = card(full())
    for line in (
        "| train | 1 | 1 | 3 | 1 |",
        "| xray | 0 | 1 | 0 | 1 |",
        "| not\\_a\\_logo | 1 | 0 | 0 | 1 |",
        "| gold | 1 | 0 | 0 | 1 |",
        "| set:demo | 0 | 0 | 1 | 1 |",
        "| tesmarin | 1 | 0 | 1 | 2 |",
        "| (another logo) | 1 | 0 | 0 | 1 |",
        "| CC0-1.0 | 2 |",
        "- 20 % by one officer",
        "- sender\\_1",
        "- group g has 9 of 10 pictures",
        "- 3 of 3 marks have fewer than 20 labels in the test split: no figure of theirs is sure.",
        "| image z | a \\| b \\# \\<script\\> |",
        "| code | c0ffee |",
        "| numpy | 2.0 |",
    ):
        assert line in text.splitlines(), line
    assert "are **not** blurred" in text
    assert "were made unreadable" in card(replace(full(), blurred=True))
    assert card(full()) == text


def test_an_empty_version_has_a_card() -> None:
    assert "## Licences\n\nNone." in card(manifest())


def test_what_others_wrote_is_text() -> None:
    assert plain("a|b\n\n# c`<x>`") == "a\\|b \\# c\\`\\<x\\>\\`"
    assert table(("a",), []) == ["None."]
    assert points(range(MOST + 3))[-1] == "... and 3 more."


def test_every_change_is_listed() -> None:
    old = manifest(
        entry("a", labels=(label("1"), label("2"))),
        entry("b", group="g"),
        entry("c"),
        entry("d", labels=(label("4"),)),
    )
    new = manifest(
        entry("a", labels=(label("1", mark_id="other", strength="gold"), label("3"))),
        entry("b", group="g", split="test"),
        entry("d", consignor="x", file_name="e.png", labels=(label("4"),)),
        entry("n", sha256=SHA),
    )
    found = difference(old, new)
    said = json.loads(found.as_json())
    assert said == {
        "old": old.id,
        "new": new.id,
        "images_added": ["n"],
        "images_removed": ["c"],
        "images_changed": [{"what": "d", "fields": ["file_name", "consignor"]}],
        "labels_added": ["3"],
        "labels_removed": ["2"],
        "labels_changed": [{"what": "1", "fields": ["mark_id", "strength"]}],
        "moves": [{"image": "b", "before": "train", "after": "test"}],
        "marks": [["other", 0, 1], ["tesmarin", 3, 2]],
    }
    text = found.as_markdown()
    for line in ("| b | train | test |", "| 1 | mark\\_id, strength |", "| tesmarin | 3 | 2 | -1 |", "- n"):
        assert line in text.splitlines(), line


def test_a_version_does_not_differ_from_itself() -> None:
    one = full()
    found = difference(one, one)
    assert (found.images_changed, found.labels_changed, found.moves, found.marks) == ((), (), (), ())
    assert image() == image()
