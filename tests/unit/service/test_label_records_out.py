"""Records as they leave and come back: the data sets' shape, nobody's name in clear, nothing ugly let in."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datasets.labels.lines import read_lines, write_lines
from datasets.versions.collected import read_collected
from service.exchange.artwork import PictureFolder
from service.labels.assembling import Assembler
from service.labels.collecting import Collected, Collector
from service.labels.errors import BadLabelKey, BadLabelSet
from service.labels.flipping import Suspect
from service.labels.importing import check_marks, records_in
from service.labels.pseudonyms import Pseudonyms
from service.labels.records import ImageRecord, LabelRecord
from service.labels.rules import load_label_rules
from service.labels.statements import Left
from service.labels.storing import records_of, written
from service.storage import FileStore
from tests.unit.service.label_matters import BOX, START, picture, statement

RULES = load_label_rules()
LABEL: dict[str, Any] = {
    "label_id": "l1",
    "box": [0, 0, 10, 10],
    "category": "logo",
    "mark_id": "fox",
    "strength": "gold",
    "source": "audit",
    "provenance": [["by", "the audit"], ["office", "main"]],
}
IMAGE: dict[str, Any] = {
    "image_id": "i1",
    "file_name": "a/b.png",
    "sha256": "ab" * 32,
    "width": 10,
    "height": 10,
    "labels": [LABEL],
}


@pytest.fixture
def assembler(tmp_path: Path) -> Assembler:
    """With a key of its own."""
    return Assembler(RULES, Pseudonyms(tmp_path / "label.key"))


def lines(images: tuple[ImageRecord, ...]) -> bytes:
    return b"".join(image.line() for image in images)


def test_the_data_sets_read_what_leaves_and_write_the_same_bytes(assembler: Assembler) -> None:
    said = [
        statement(1, beside=((picture("s1"), (100.0, 10.0, 150.0, 60.0)),)),
        statement(2, "maria", category="not_a_logo", mark_id=None, holder=None, box=(0.1, 0.2, 33.300000000000004, 50)),
        statement(3, strength="gold", authenticity="infringing", voices=("lin", "maria")),
        replace(statement(4), picture=picture("s4", media_type="application/dicom", modality="xray", name=None)),
    ]
    data = lines(assembler.assemble(said, {}).images)
    read = read_lines(data)
    assert write_lines(read) == data
    assert len(read) == 4
    labels = {label.label_id: label for image in read for label in image.labels}
    assert labels["label_2"].category == "not_a_logo"
    assert labels["label_3"].authenticity == "infringing"
    ignored = [label for label in labels.values() if label.ignore]
    assert [(label.box, label.mark_id, label.strength) for label in ignored] == [
        ((100.0, 10.0, 150.0, 60.0), None, "weak")
    ]
    xray = next(image for image in read if image.modality == "xray")
    assert xray.file_name.endswith(".dcm")
    assert not any(image.complete for image in read)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda text: not set(text) & {"\ufffe", "\uffff"}
)


@settings(max_examples=40, deadline=None)
@given(
    holder=TEXTS,
    mark=TEXTS,
    office=TEXTS,
    edges=st.tuples(*[st.floats(0, 90, allow_nan=False)] * 2, *[st.floats(95, 100)] * 2),
)
def test_whatever_is_said_the_data_sets_read_it(
    tmp_path_factory: pytest.TempPathFactory, holder: str, mark: str, office: str, edges: Any
) -> None:
    assembler = Assembler(RULES, Pseudonyms(tmp_path_factory.getbasetemp() / "label.key"))
    one = statement(1, holder=holder, mark_id=mark, office=office, box=edges)
    data = lines(assembler.assemble([one], {}).images)
    assert write_lines(read_lines(data)) == data
    assert read_lines(data)[0].labels[0].box == edges
    assert lines(records_of(data).images) == data


def test_nobody_is_named(assembler: Assembler) -> None:
    one = statement(1, "lin.wei", voices=("lin.wei", "maria.santos"))
    text = lines(assembler.assemble([one], {}).images).decode()
    for name in ("lin.wei", "maria.santos", one.picture.parcel, one.picture.consignor):
        assert name not in text
    record = json.loads(text)
    assert record["parcel"].startswith("parcel_")
    again = json.loads(lines(assembler.assemble([statement(2)], {}).images))
    assert again["parcel"] == record["parcel"]  # what belongs together stays so


def test_pseudonyms_need_their_key(tmp_path: Path) -> None:
    one, same, other = (Pseudonyms(tmp_path / name) for name in ("a.key", "a.key", "b.key"))
    assert one.of("officer", "lin") == same.of("officer", "lin") != other.of("officer", "lin")
    assert one.of("officer", "lin")[8:] != one.of("parcel", "lin")[7:]
    assert one.of("consignor", "") == ""
    assert os.stat(tmp_path / "a.key").st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.key.*"))


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"ab" * 31, b"\xff\xfe"])
def test_a_key_that_is_none_is_refused_and_not_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "label.key"
    path.write_bytes(content)
    with pytest.raises(BadLabelKey) as caught:
        Pseudonyms(path).of("officer", "lin")
    assert "ab" * 31 not in str(caught.value)


def test_one_record_for_a_picture_that_came_twice(assembler: Assembler) -> None:
    where = picture()
    said = [statement(1, picture=where), statement(2, picture=where, box=(100.0, 10.0, 150.0, 60.0))]
    images = assembler.assemble(said, {}).images
    assert [label.label_id for image in images for label in image.labels] == ["label_1", "label_2"]


def test_at_one_place_the_sets_word_stands_unless_ours_is_stronger(assembler: Assembler) -> None:
    where = picture()
    record = IMAGE | {"sha256": where.sha256, "width": 200, "height": 100}
    for theirs, ours, kept in (
        ("gold", "strong", ["s:l1"]),
        ("weak", "weak", ["s:l1"]),
        ("weak", "strong", ["label_1"]),
    ):
        label = LABEL | {"strength": theirs, "box": list(BOX)}
        foreign = ImageRecord.model_validate(record | {"labels": [label], "complete": True})
        found = assembler.assemble([statement(1, picture=where, strength=ours)], {"s": [foreign]})
        assert [one.label_id for one in found.images[0].labels] == kept
        assert [left.reason for left in found.left] == ([] if kept == ["label_1"] else ["overruled"])
        assert found.images[0].file_name == f"{where.sha256}.jpg"


def test_sets_do_not_meet_under_one_name(assembler: Assembler) -> None:
    one = ImageRecord.model_validate(IMAGE)
    other = ImageRecord.model_validate(IMAGE | {"sha256": "cd" * 32, "file_name": "evil"})
    images = assembler.assemble([], {"s1": [one], "s2": [other]}).images
    assert len({label.label_id for image in images for label in image.labels}) == 2
    assert [image.file_name for image in images] == ["ab" * 32 + ".png", "cd" * 32]
    assert ("set", "s1") in images[0].labels[0].provenance
    read_lines(lines(images))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"file_name": "../up.png"}, "no file in the folder"),
        ({"file_name": "/etc/passwd"}, "no file in the folder"),
        ({"file_name": "a\\b.png"}, "no file in the folder"),
        ({"file_name": "C:b.png"}, "no file in the folder"),
        ({"file_name": "a\0b"}, "no file in the folder"),
        ({"file_name": ""}, "at least 1 character"),
        ({"sha256": "AB" * 32}, "should match pattern"),
        ({"width": 0}, "greater than or equal to 1"),
        ({"width": 10.5}, "valid integer"),
        ({"width": True}, "valid integer"),
        ({"modality": "sonar"}, "'photo' or 'xray'"),
        ({"extra": 1}, "Extra inputs"),
        ({"complete": "yes"}, "valid boolean"),
        ({"width": 9}, "is outside the picture of 9x10 pixels"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ImageRecord.model_validate(IMAGE | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"box": [5, 0, 5, 10]}, "empty or inverted"),
        ({"box": [9, 0, 1, 10]}, "empty or inverted"),
        ({"box": [0, 0, 1]}, "Field required"),
        ({"box": [0, 0, 1, float("nan")]}, "finite number"),
        ({"box": [0, 0, 1, float("inf")]}, "finite number"),
        ({"category": "not_a_logo"}, "has no mark"),
        ({"strength": "iron"}, "'gold', 'strong' or 'weak'"),
        ({"provenance": [["b", "1"], ["a", "1"]]}, "sorted by name"),
        ({"provenance": [["a"]]}, "Field required"),
        ({"ignore": 1}, "valid boolean"),
        ({"label_id": ""}, "at least 1 character"),
    ],
)
def test_a_label_that_cannot_be_used_says_why(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LabelRecord.model_validate(LABEL | change)


def source(folder: Path, text: str | bytes) -> PictureFolder:
    (folder / "labels.jsonl").write_bytes(text if isinstance(text, bytes) else text.encode())
    return PictureFolder(folder)


def test_all_that_is_wrong_with_a_set_is_said_at_once(tmp_path: Path) -> None:
    good = json.dumps(IMAGE)
    bad = json.dumps(IMAGE | {"labels": [LABEL | {"box": [0, 0, 99, 9]}], "image_id": "i2", "sha256": "cd" * 32})
    with pytest.raises(BadLabelSet) as caught:
        records_in(source(tmp_path, f"{good}\n{{\n{bad}\n{good}\n\n"))
    said = caught.value.detail
    for part in ("line 2", "line 3", "outside the picture", "line 5", "image_id 'i1' is given 2 times"):
        assert part in said
    many = "\n".join(["{}"] * 50)
    with pytest.raises(BadLabelSet, match="and 30 more"):
        records_in(source(tmp_path, many))


@pytest.mark.parametrize("text", ["", "\n", "null", "[]", "[" * 100_000, '"text"', b"\xff\xfe\x00"])
def test_what_is_no_set_is_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(BadLabelSet):
        records_in(source(tmp_path, text))


def test_a_set_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLabelSet, match=r"labels\.jsonl"):
        records_in(PictureFolder(tmp_path))


def test_unknown_marks_are_named_with_how_many_labels_have_them() -> None:
    image = ImageRecord.model_validate(IMAGE)
    check_marks([image], {"fox"})
    with pytest.raises(BadLabelSet, match="mark 'fox' of 1 labels is not in the registry"):
        check_marks([image], {"owl"})


def test_sidecars_are_kept_with_a_set() -> None:
    image = ImageRecord.model_validate(IMAGE)
    for sidecars in ({}, {"ab" * 32: '{"air": 1}'}):
        kept = records_of(written([image], sidecars))
        assert (kept.images, kept.sidecars) == ((image,), sidecars)


def test_what_was_said_of_a_scan_lies_beside_it(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    collector = Collector(files=files, rules=RULES, pseudonyms=Pseudonyms(tmp_path / "label.key"))
    scan = picture(sha256=files.put(b"a scan"), media_type="application/dicom", modality="xray")
    images = Assembler(RULES, collector.pseudonyms).assemble([statement(1, picture=scan)], {}).images
    suspect = Suspect(
        officer="lin", mark_id="fox", question="denies", said=9, of=9, others_said=1, others_of=30, chance=0.001
    )
    collected = Collected(
        since=START,
        until=START,
        images=images,
        left=(Left(source="decision:2", reason="conflict"),),
        suspects=(suspect,),
        sidecars={scan.sha256: '{"tidewaiter_xray": 1}', "cd" * 32: "of no label"},
    )
    collector.write_to(tmp_path / "out", collected)
    written_ = {path.name: path.read_text() for path in (tmp_path / "out" / "pictures").iterdir()}
    assert written_ == {f"{scan.sha256}.dcm": "a scan", f"{scan.sha256}.xray.json": '{"tidewaiter_xray": 1}'}
    story = (tmp_path / "out" / "collected.json").read_text(encoding="utf-8")
    assert read_collected(tmp_path / "out" / "collected.json").excluded[0].reason == "conflict"
    assert '"lin' not in story
    assert "on fox" in story
