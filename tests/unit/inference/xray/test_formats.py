"""Files that are damaged, hostile or say odd things: each is named, and none takes more memory than it may."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pydicom
import pytest
import tifffile
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from inference.errors import BrokenImage, UnsupportedImage
from inference.xray.errors import BadSidecar, InvertedPolarity, MismatchedEnergies, WrongBitDepth
from inference.xray.formats.directories import MOST_STRIPS
from inference.xray.reading import read_scan
from tests.unit.inference.xray.scans import Counts, dicom, pair, png, sidecar, tiff

# ---- TIFF

GREY_PAGE = [(256, 3, 1, 100), (257, 3, 1, 100), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1)]


def directory(*tags: tuple[int, int, int, int], after: bytes = b"", following: int = 0) -> bytes:
    """A little-endian TIFF of one directory with these entries (tag, type, values, value or place), and `after` it."""
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + struct.pack("<I", following) + after


def uneven(*pages: Counts) -> bytes:
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for page in pages:
            writer.write(page, photometric="minisblack", metadata=None)
    return file.getvalue()


def test_pages_of_different_depth_or_size_are_named() -> None:
    high, low = pair()
    for pages in ([high, (low >> 8).astype(np.uint8)], [(high >> 8).astype(np.uint8), low]):
        with pytest.raises(WrongBitDepth, match="16 and 8|8 and 16"):
            read_scan([uneven(*pages)])
    with pytest.raises(MismatchedEnergies, match="high is 160x120, low is 150x120"):
        read_scan([uneven(high, low[:, :150])])


def test_many_large_values_at_one_place_take_no_memory() -> None:
    text = b"A" * 4_000_000
    strips = [(273, 4, 1, 20_000), (279, 4, 1, 20_000)]
    data = directory(*GREY_PAGE, *[(270, 2, len(text), 20_000)] * 400, *strips, after=b"\0" * 20_000 + text)
    tracemalloc.start()
    read_scan([data])
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_too_many_strips_tags_and_pages_are_named() -> None:
    room = b"\0" * 4_000_000
    with pytest.raises(UnsupportedImage, match="1,000,000 strips"):
        read_scan([directory(*GREY_PAGE, (273, 4, 1_000_000, 200), (279, 4, 1_000_000, 200), after=room)])
    with pytest.raises(BrokenImage, match="40,000 entries"):
        read_scan([b"II*\0" + struct.pack("<IH", 8, 40_000) + room])
    with pytest.raises(UnsupportedImage, match="more than 2 pages"):  # the next directory is the same one
        read_scan([directory(*GREY_PAGE, (273, 4, 1, 8), (279, 4, 1, 8), following=8)])


def test_as_many_strips_as_may_be_are_read() -> None:
    pixels = np.random.default_rng(0).integers(40_000, 60_000, 10_000).astype("<u2").tobytes()
    lists = 8 + 2 + 12 * 7 + 4  # behind the directory
    places = struct.pack(f"<{MOST_STRIPS}I", *[lists + 8 * MOST_STRIPS] * MOST_STRIPS)
    lengths = struct.pack(f"<{MOST_STRIPS}I", *[0] * (MOST_STRIPS - 1), len(pixels))
    tags = [(273, 4, MOST_STRIPS, lists), (279, 4, MOST_STRIPS, lists + len(places))]
    (scan,) = read_scan([directory(*GREY_PAGE, *tags, after=places + lengths + pixels)])
    assert scan.counts[0].astype("<u2").tobytes() == pixels


@pytest.mark.parametrize("tags", [[], [(273, 4, 1, 8)], [(273, 5, 1, 8), (279, 4, 1, 8)]])
def test_pages_that_do_not_say_where_their_pixels_are_are_damaged(tags: list[tuple[int, int, int, int]]) -> None:
    with pytest.raises(BrokenImage):
        read_scan([directory(*GREY_PAGE, *tags, after=b"\0" * 20_000)])


def test_a_page_that_does_not_say_whether_white_is_zero_is_named() -> None:
    with pytest.raises(UnsupportedImage, match="grey"):
        read_scan([directory(*GREY_PAGE[:4], (273, 4, 1, 8), (279, 4, 1, 8))])


def test_a_description_in_other_letters_is_no_sidecar_and_one_that_is_too_long_is_named() -> None:
    high, low = pair()
    assert read_scan([tiff(high, low, description="made by us")])[0].pitch is None
    with pytest.raises(BadSidecar, match="bytes"):
        read_scan([tiff(high, low, description=sidecar() + " " * 70_000 + "x")])


# ---- DICOM


def test_pixel_spacings_are_judged_as_a_sidecars_pitch() -> None:
    high, _ = pair()
    for spacing in (["0", "0"], ["-0.5", "-0.5"], ["NaN", "NaN"], ["inf", "inf"], ["1e300", "1e300"], ["0.4"]):
        with pytest.raises(BadSidecar, match="pixel spacing"):
            read_scan([dicom(high, ImagerPixelSpacing=[float(side) for side in spacing])])
    (uneven_pixels,) = read_scan([dicom(high, PixelSpacing=[0.4, 2.0])])
    assert uneven_pixels.pitch is None
    assert "0.4 x 2 mm" in " ".join(remark.text for remark in uneven_pixels.remarks)
    assert read_scan([dicom(high, PixelSpacing=[0.4, 0.4])])[0].pitch == 0.4


@pytest.mark.parametrize("relationship", ["LOG", "log", "DISP", "Log "])
def test_what_is_no_count_is_named(relationship: str) -> None:
    with pytest.raises(UnsupportedImage, match="no counts"):
        read_scan([dicom(pair()[0], PixelIntensityRelationship=relationship)])


@pytest.mark.parametrize("relationship", ["LIN", "lin", ""])
def test_counts_are_counts_in_any_letters(relationship: str) -> None:
    assert read_scan([dicom(pair()[0], PixelIntensityRelationship=relationship)])


@pytest.mark.parametrize("sign", [0, 7, -2])
def test_signs_that_are_none_are_named(sign: int) -> None:
    with pytest.raises(UnsupportedImage, match=f"Sign is {sign}"):
        read_scan([dicom(pair()[0], PixelIntensityRelationshipSign=sign)])


@pytest.mark.parametrize(
    "tags",
    [
        {"RescaleSlope": -1, "RescaleIntercept": 65_535},
        {"RescaleSlope": 2},
        {"RescaleIntercept": -1024},
        {"ModalityLUTSequence": Sequence([Dataset()])},
    ],
)
def test_rescaled_counts_are_named(tags: dict[str, object]) -> None:
    with pytest.raises(UnsupportedImage, match="rescaled"):
        read_scan([dicom(pair()[0], **tags)])
    assert read_scan([dicom(pair()[0], RescaleSlope=1, RescaleIntercept=0)])


def test_monochrome1_says_how_counts_are_shown_and_not_what_they_are() -> None:
    high, _ = pair()
    (shown_white,) = read_scan([dicom(high, PhotometricInterpretation="MONOCHROME1")])
    assert np.array_equal(shown_white.counts[0], high)
    assert "polarity_assumed" in {remark.code for remark in shown_white.remarks}
    with pytest.raises(InvertedPolarity):
        read_scan([dicom(65_535 - high, PhotometricInterpretation="MONOCHROME1")])
    tags = {"PhotometricInterpretation": "MONOCHROME1", "PixelIntensityRelationshipSign": 1}
    (said,) = read_scan([dicom(high, **tags)])
    assert "polarity_assumed" not in {remark.code for remark in said.remarks}


@pytest.mark.parametrize("deep", [200, 1_000, 20_000])
def test_deeply_nested_sequences_are_named(deep: int) -> None:
    data = dicom(pair()[0])
    into = struct.pack("<HH2sHI", 0x0088, 0x0200, b"SQ", 0, 0xFFFFFFFF)
    into += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    out = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    with pytest.raises(BrokenImage, match="recursion"):
        read_scan([data + into * deep + out * deep])


def test_lengths_that_are_no_multiple_are_named() -> None:
    data = bytearray(dicom(pair()[0]))
    data[138] = 54  # the type of the first element of the file's meta group
    with pytest.raises(BrokenImage):
        read_scan([bytes(data)])


@pytest.mark.parametrize("name", ["Rows", "BitsAllocated", "BitsStored", "PixelRepresentation", "SamplesPerPixel"])
def test_numbers_of_any_length_are_named(name: str) -> None:
    data = dicom(pair()[0])
    tag = pydicom.datadict.tag_for_keyword(name)
    assert tag is not None
    place = data.index(struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, b"US"))
    for length in (1, 3, 0):
        value = struct.pack("<H", length) + data[place + 8 : place + 8 + length]
        with pytest.raises(BrokenImage):
            read_scan([data[: place + 6] + value + data[place + 10 :]])


# ---- PNG


def test_deep_pictures_that_are_grey_in_all_but_name_keep_their_bits() -> None:
    high, _ = pair()
    opaque = np.full_like(high, 65_535)
    for channels in ([high] * 3, [high, high, high, opaque]):
        (scan,) = read_scan([png(np.dstack(channels))], sidecar())
        assert np.array_equal(scan.counts[0], high)
        assert "eight_bits" not in {remark.code for remark in scan.remarks}


def test_deep_pictures_that_are_not_grey_are_named() -> None:
    high, low = pair()
    with pytest.raises(WrongBitDepth, match="colours"):
        read_scan([png(np.dstack([high, high, low]))])
    with pytest.raises(WrongBitDepth, match="transparent"):
        read_scan([png(np.dstack([high, high, high, low]))])


def grey_and_alpha(counts: Counts, alpha: Counts) -> bytes:
    """A PNG of 16 bits, grey with an alpha channel: OpenCV does not write them."""
    h, w = counts.shape
    rows = np.dstack([counts, alpha]).astype(">u2").reshape(h, -1).view(np.uint8)
    raw = np.concatenate([np.zeros((h, 1), np.uint8), rows], 1).tobytes()
    parts = [(b"IHDR", struct.pack(">IIBBBBB", w, h, 16, 4, 0, 0, 0)), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    chunks = b""
    for kind, body in parts:
        chunks += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_grey_with_alpha_is_read_if_it_is_opaque() -> None:
    high, low = pair()
    (scan,) = read_scan([grey_and_alpha(high, np.full_like(high, 65_535))], sidecar())
    assert np.array_equal(scan.counts[0], high)
    with pytest.raises(WrongBitDepth, match="transparent"):
        read_scan([grey_and_alpha(high, low)])
