"""The manifest: the same bytes for the same content, whole or not at all, and every changed file is named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from version_records import SHA, drawn, entry, image, label, manifest, written

from datasets.versions.errors import BadVersion, VersionExists
from datasets.versions.manifest import MANIFEST, read, verify, write
from datasets.versions.records import (
    Entry,
    Exclusion,
    Manifest,
    canonical,
    check_shares,
    parsed,
    safe_name,
    source_of,
)
from datasets.versions.records import written as as_file

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


def version(folder: Path, out: Path, **changes: object) -> Manifest:
    """A version of three pictures, one of them in a folder of its own and one a scan with its sidecar."""
    records = [written(folder, name, drawn(i), labels=(label(f"l{i}"),)) for i, name in enumerate(("a", "b"))]
    scan = written(folder, "c", drawn(9), modality="xray")
    (folder / "deep").mkdir()
    (folder / "a.png").rename(folder / "deep" / "ä b.png")
    records[0] = replace(records[0], file_name="deep/ä b.png")
    (folder / "c.xray.json").write_bytes(b"{}")
    sums = {"c": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}
    entries = [
        Entry(
            image=one,
            size=(folder / one.file_name).stat().st_size,
            group=one.image_id,
            split="train",
            sidecar=sums.get(one.image_id, ""),
        )
        for one in (*records, scan)
    ]
    made = manifest(*entries, **changes)
    write(made, out, folder)
    return made


def test_what_is_written_is_read(tmp_path: Path) -> None:
    left = (Exclusion(what="image z", reason="no licence is stated"),)
    made = version(tmp_path / "from", tmp_path / "v1", exclusions=left, remarks=("ü|\u2028",), divided=("",))
    assert read(tmp_path / "v1") == made
    assert verify(tmp_path / "v1", expected=made.id) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["from", "v1"]  # nothing is left beside it
    assert made.licences == (("CC0-1.0", 3),)
    assert made.sources == (("decision", 2),)


@given(TEXT, TEXT, st.floats(0, 1e6), st.integers(), st.booleans())
def test_any_content_has_one_form(said: str, mark: str, edge: float, seed: int, ignore: bool) -> None:
    one = label(box=(0.0, 0.0, edge + 1, 2.0), mark_id=mark, ignore=ignore, provenance=(("note", said),))
    made = manifest(entry(labels=(one,), consignor=said), seed=seed, sampling=(said,))
    assert parsed(as_file(made), "m") == made
    assert as_file(parsed(as_file(made), "m")) == as_file(made)


def test_whole_numbers_in_boxes_are_the_same_numbers() -> None:
    whole, real = (manifest(entry(labels=(label(box=box),))) for box in ((1, 2, 3, 4), (1.0, 2.0, 3.0, 4.0)))
    assert whole.id == real.id
    assert parsed(as_file(whole), "m").id == real.id


def test_a_version_is_never_overwritten(tmp_path: Path) -> None:
    version(tmp_path / "from", tmp_path / "v1")
    before = (tmp_path / "v1" / MANIFEST).read_bytes()
    with pytest.raises(VersionExists, match="v1 is there already"):
        write(manifest(seed=8), tmp_path / "v1", tmp_path / "from")
    (tmp_path / "empty").mkdir()
    with pytest.raises(VersionExists):
        write(manifest(), tmp_path / "empty", tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(VersionExists):
        write(manifest(), tmp_path / "link", tmp_path)
    assert (tmp_path / "v1" / MANIFEST).read_bytes() == before


def test_nothing_is_left_of_a_version_that_failed(tmp_path: Path) -> None:
    record = written(tmp_path / "from", "a", drawn(1))
    entries = (Entry(image=record, size=1, group="a", split="train"), entry("gone"))
    with pytest.raises(BadVersion, match=r"a\.png was changed: it has .* bytes, expected 1"):
        write(manifest(*entries), tmp_path / "v1", tmp_path / "from")
    with pytest.raises(BadVersion, match=r"gone\.png cannot be copied: No such file"):
        write(manifest(entries[1]), tmp_path / "v1", tmp_path / "from")
    assert [path.name for path in tmp_path.iterdir()] == ["from"]


def test_each_changed_file_is_named(tmp_path: Path) -> None:
    version(tmp_path / "from", tmp_path / "v1")
    pictures = tmp_path / "v1" / "pictures"
    (pictures / "b.png").write_bytes((pictures / "b.png").read_bytes()[:-1] + b"?")
    (pictures / "deep" / "ä b.png").unlink()
    (pictures / "c.xray.json").write_bytes(b'{"air": 1}')
    (pictures / "d.png").write_bytes(b"")
    (tmp_path / "v1" / "labels.jsonl").write_bytes(b"")
    (tmp_path / "v1" / "away").symlink_to(tmp_path)
    problems = verify(tmp_path / "v1")
    said = [problem.split(", expected")[0].split(": its sha256")[0] for problem in problems]
    assert said == [
        "pictures/deep/ä b.png is missing",
        "pictures/b.png was changed",
        "pictures/c.xray.json was changed",
        "labels.jsonl was changed: its labels are not the manifest's",
        "away does not belong to the version",
        "pictures/d.png does not belong to the version",
    ]


def test_a_picture_that_became_a_link_is_named(tmp_path: Path) -> None:
    version(tmp_path / "from", tmp_path / "v1")
    path = tmp_path / "v1" / "pictures" / "b.png"
    path.unlink()
    path.symlink_to(tmp_path / "from" / "b.png")
    assert verify(tmp_path / "v1") == ["pictures/b.png is a link"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"seed":7', b'"seed":8', "was changed: it says its id is"),
        (b'"split":"train"', b'"split":"test"', "was changed: it says its id is"),
        (b'"seed":7', b'"seed":7,"more":1', "was changed: its text is not"),
        (b'"seed":7', b'"seed": 7', "was changed: its text is not"),
        (b'["CC0-1.0",3]', b'["CC0-1.0",4]', "was changed: its licences is not"),
        (b'"seed":7', b'"seed":"7"', "seed: Input should be a valid integer"),
        (b'"seed":7,', b"", "seed: Field required"),
        (b'"split":"train"', b'"split":"dev"', "images.0.split: Input should be"),
        (b'"format":1', b'"format":2', "has format 2, expected 1"),
        (b"{", b"[", "is not JSON"),
        (b"CC0", b"\xff\xfe", "is not JSON"),
        (b'"file_name":"b.png"', b'"file_name":"../b.png"', "'../b.png' is no usable name"),
    ],
)
def test_a_changed_manifest_is_noticed(tmp_path: Path, old: bytes, new: bytes, said: str) -> None:
    version(tmp_path / "from", tmp_path / "v1")
    path = tmp_path / "v1" / MANIFEST
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(BadVersion) as caught:
        read(tmp_path / "v1")
    assert said in str(caught.value)
    assert verify(tmp_path / "v1") == [str(caught.value)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not JSON"),
        (b"[]", "holds a list, expected an object"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"format":1,"seed":NaN}', "cannot be written as JSON"),
        (b'{"format":1,"seed":"\\ud800"}', "cannot be written as JSON"),
    ],
)
def test_what_is_no_manifest_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadVersion, match=said):
        parsed(data, "manifest.json")


def test_another_sound_manifest_is_noticed_by_its_id(tmp_path: Path) -> None:
    version(tmp_path / "from", tmp_path / "v1")
    assert verify(tmp_path / "v1", expected=SHA)[0].endswith(f"expected {SHA}")
    assert verify(tmp_path / "nowhere") == [
        f"{tmp_path}/nowhere/manifest.json cannot be read: No such file or directory"
    ]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry("a"), entry("a", file_name="b.png")], "image 'a' is there 2 times"),
        ([entry("a"), entry("b", file_name="A.PNG")], "'a.png' and 'A.PNG' are one file"),
        ([entry("a"), entry("b", file_name="a.png")], "'a.png' and 'a.png' are one file"),
        ([entry("b"), entry("a")], "not in the order of their ids"),
        ([entry("a", group="g"), entry("b", group="g", split="test")], "group 'g' is in train and in test"),
    ],
)
def test_a_manifest_does_not_contradict_itself(entries: list[Entry], said: str) -> None:
    with pytest.raises(BadVersion, match=said):
        manifest(*entries)


@pytest.mark.parametrize(
    "name",
    ["", "/a", "../a", "a/../b", "a//b", "./a", "a\\b", "C:a", "a\0", "a\n", "a/", "x" * 251, "a/b/c/d/e/f", ".."],
)
def test_names_that_leave_their_folder_are_not_safe(name: str) -> None:
    assert not safe_name(name)


def test_other_names_are_safe() -> None:
    assert safe_name("2026/12/ä ö.jpg")


def test_a_broken_text_cannot_be_hashed() -> None:
    with pytest.raises(BadVersion, match="cannot be written as JSON"):
        canonical(manifest(entry(consignor="\ud800")))


@pytest.mark.parametrize(
    "shares",
    [
        {"train": 1.1},
        {"train": 0.5},
        {"train": float("nan")},
        {"test": 1.0},
        {"train": 1.5, "test": -0.5},
        {"dev": 1.0},
        {},
    ],
)
def test_shares_that_cannot_be_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(BadVersion, match="shares are"):
        check_shares(shares)


def test_sources_are_counted_by_kind() -> None:
    assert [source_of(own) for own in ("decision:1", "task:2", "set:demo", "import:yolo", "")] == [
        "decision",
        "task",
        "set:demo",
        "import:yolo",
        "",
    ]


def test_the_file_is_one_line_of_sorted_keys() -> None:
    data = as_file(manifest(entry()))
    assert data.endswith(b"}\n")
    assert data.count(b"\n") == 1
    keys = list(json.loads(data))
    assert keys == sorted(keys)
    assert image().image_id.encode() in data
