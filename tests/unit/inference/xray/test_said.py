"""What is said of a scan beside its counts, and what is done where it is wrong, or where nothing is."""

import json

import numpy as np
import pytest

from inference.decoding import Limits
from inference.errors import ImageTooLarge
from inference.xray.contents import contents_of
from inference.xray.errors import (
    BadSidecar,
    InvertedPolarity,
    MismatchedEnergies,
    ScanTooSmall,
    WrongAir,
    WrongBitDepth,
)
from inference.xray.formats.planes import Planes
from inference.xray.materials import CLASSES, classes, effective_number
from inference.xray.reading import read_scan, scan_of
from inference.xray.scan import XrayScan
from inference.xray.sidecar import Sidecar, document_of, read_sidecar
from tests.unit.inference.xray.scans import CURVES, Counts, dicom, png, sidecar, tiff
from tests.unit.inference.xray.test_detectors import slab, told


def said(**keys: object) -> str:
    return json.dumps({"tidewaiter_xray": 1, **keys})


def pair(**options: int) -> tuple[Counts, Counts]:
    return slab(air=options.get("high", 60_000)), slab(air=options.get("low", 60_000), low=True)


def inverted(*energies: Counts) -> list[Counts]:
    return [65_535 - own for own in energies]


def kind_of_the_slab(scan: XrayScan) -> str:
    assert scan.low is not None
    assert scan.curves is not None
    found = classes(scan.high, effective_number(scan.high, scan.low, scan.curves))
    return CLASSES[int(np.median(found[60:75, 70:230]))]


# ---- depth


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_counts_of_fewer_bits_than_their_file_are_named_unless_it_was_said(bits: int) -> None:
    high, low = (own >> (16 - bits) for own in pair())
    for files in ([tiff(high, low)], [png(high)], [dicom(high, PixelIntensityRelationshipSign=1)]):
        with pytest.raises(WrongBitDepth, match=f'say "bits": {bits}'):
            read_scan(files)
        (scan,) = read_scan(files, said(bits=bits))
        assert float(np.median(scan.high)) == pytest.approx(0, abs=0.01)
        assert "air_assumed" in {remark.code for remark in scan.remarks}
    (scan,) = read_scan([png(high)], said(air=60_000 >> (16 - bits)))
    assert float(np.median(scan.high)) == pytest.approx(0, abs=0.01)


def test_a_dark_picture_of_eight_bits_has_no_fewer() -> None:
    (scan,) = read_scan([png((slab() >> 10).astype(np.uint8))])
    assert told(scan, "air_full_scale")
    assert not told(scan, "air_assumed")
    assert not scan.air_known


def test_more_bits_than_the_file_has_are_named() -> None:
    grey = (slab() >> 8).astype(np.uint8)
    for data in (png(grey), tiff(grey), tiff(255 - grey)):
        with pytest.raises(WrongBitDepth, match="8 bits per count, not 16"):
            read_scan([data], said(bits=16, polarity="inverted"))


def test_goods_in_the_whole_margin_are_no_air_and_no_mass_follows() -> None:
    high, low = slab(), slab(low=True)
    for own in (high, low):
        own[:] = own // 7  # attenuated by two, and one clear place in the middle
        own[60:140, 100:200] = 60_000
    keys = {"polarity": "transmission", "pitch_mm": 0.6, "calibration": CURVES}
    (scan,) = read_scan([tiff(high, low)], said(**keys))
    assert told(scan, "air_full_scale")
    assert contents_of(scan) is None
    (scan,) = read_scan([tiff(high, low)], said(air=60_000, **keys))
    assert contents_of(scan) is not None
    goods = slab() // 2  # brighter than a quarter of what there is, but not than what is in the middle
    goods[60:140, 100:200] = 60_000
    assert told(read_scan([png(goods)], said(polarity="transmission"))[0], "air_full_scale")


# ---- air of each energy


@pytest.mark.parametrize("gains", [{"high": 60_000, "low": 40_000}, {"high": 40_000, "low": 60_000}])
def test_detectors_of_other_gain_are_no_materials(gains: dict[str, int]) -> None:
    file = tiff(*pair(**gains))
    usual = kind_of_the_slab(read_scan([tiff(*pair())], said(calibration=CURVES))[0])
    (measured,) = read_scan([file], said(calibration=CURVES))
    assert kind_of_the_slab(measured) == usual
    (told_each,) = read_scan([file], said(calibration=CURVES, air=[gains["high"], gains["low"]], dark=[0, 10]))
    assert kind_of_the_slab(told_each) == usual
    assert not told(told_each, "air_assumed")
    with pytest.raises(WrongAir, match="shows air|as bright as"):
        read_scan([file], said(calibration=CURVES, air=60_000))


def test_each_file_of_a_pair_keeps_its_own_word() -> None:
    high, low = pair(low=40_000)
    low = low + np.uint16(500)
    files = [tiff(high, description=said(air=60_000, pitch_mm=0.6)), tiff(low, description=said(air=40_500, dark=500))]
    (scan,) = read_scan(files)
    assert scan.low is not None
    assert float(np.median(scan.low)) == pytest.approx(0, abs=0.01)
    assert float(np.median(scan.low[85:115, 105:155])) == pytest.approx(1.5 * 1.25, abs=0.02)
    assert scan.pitch == 0.6
    assert document_of(scan.said) == {
        "tidewaiter_xray": 1, "air": [60_000, 40_500], "dark": [None, 500], "pitch_mm": 0.6,
    }  # fmt: skip
    (half,) = read_scan([files[0], tiff(low - np.uint16(500), description=said(channel="low"))])
    assert half.low is not None
    assert float(np.median(half.low)) == pytest.approx(0, abs=0.01)
    assert told(half, "air_assumed")
    (word,) = read_scan([files[0], png(pair()[1])])  # a file that says nothing takes the other's word
    assert not told(word, "air_assumed")


def test_a_single_low_image_is_measured_by_the_air_of_low() -> None:
    _, low = pair(low=40_000)
    (scan,) = read_scan([png(low)], said(channel="low", air=[60_000, 40_000]))
    assert float(np.median(scan.high)) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (({"channel": "high"}, {"channel": "high"}), MismatchedEnergies),
        (({"polarity": "transmission"}, {"polarity": "inverted"}), MismatchedEnergies),
        (({"pitch_mm": 1}, {"pitch_mm": 2}), MismatchedEnergies),
    ],
)
def test_files_that_contradict_each_other_are_no_pair(
    words: tuple[dict[str, object], dict[str, object]], kind: type[Exception]
) -> None:
    files = [tiff(own, description=said(**word)) for own, word in zip(pair(), words, strict=True)]
    with pytest.raises(kind):
        read_scan(files)


def test_a_channel_is_that_of_one_file() -> None:
    high, low = pair()
    with pytest.raises(BadSidecar, match="channel 'low' is said of both"):
        read_scan([png(low), png(high)], said(channel="low"))
    (scan,) = read_scan([tiff(low, description=said(channel="low")), png(high)])
    assert np.array_equal(scan.counts[0], high)


def test_both_files_of_a_pair_count_as_pixels() -> None:
    high, low = pair()
    with pytest.raises(ImageTooLarge, match="120,000 pixels"):
        read_scan([png(high), png(low)], limits=Limits(max_pixels=100_000))
    with pytest.raises(ImageTooLarge, match="120,000 pixels in 2 pages"):
        read_scan([tiff(high, low)], limits=Limits(max_pixels=100_000))


def test_dicom_files_of_both_energies_do_not_deny_the_second() -> None:
    high, low = pair()
    (scan,) = read_scan([dicom(own, PixelIntensityRelationshipSign=1) for own in (high, low)])
    assert scan.low is not None
    assert not told(scan, "one_energy")


# ---- polarity, and air that cannot be


def test_air_and_dark_of_an_inverted_scan_are_counts_of_its_file() -> None:
    high, low = (own + np.uint16(500) for own in pair())
    file = tiff(*inverted(high, low))
    (scan,) = read_scan([file], said(polarity="inverted", air=65_535 - 60_500, dark=65_535 - 500))
    assert (scan.air, scan.dark) == (60_500, 500)
    assert np.array_equal(scan.counts[0], high)
    assert float(np.median(scan.high[85:115, 105:155])) == pytest.approx(1.5, abs=0.02)
    assert not told(scan, "air_assumed")
    (measured,) = read_scan([file], said(polarity="inverted"))
    assert told(measured, "air_assumed")
    with pytest.raises(BadSidecar, match=r"sidecar\.dark"):
        read_scan([file], said(polarity="inverted", air=5_000, dark=500))
    with pytest.raises(BadSidecar, match="air is said to be"):
        read_scan([png(255 - (high >> 8).astype(np.uint8))], said(polarity="inverted", air=5_000))


def test_a_scan_brighter_than_its_air_is_named() -> None:
    high, low = pair()
    for air in (100, 3_000, 40_000):
        with pytest.raises(WrongAir, match=f"{air:,}"):
            read_scan([tiff(high, low)], said(air=air))
    with pytest.raises(WrongAir):  # an upright scan that is said to be inverted: things are brighter than air
        read_scan([tiff(high, low)], said(polarity="inverted", air=60_000))
    assert read_scan([tiff(high, low)], said(air=55_000))[0].air == 55_000


def test_an_upright_scan_that_is_said_to_be_inverted_is_named() -> None:
    high, low = pair()
    for files in ([tiff(high, low)], [png(high)], [dicom(high, PixelIntensityRelationshipSign=-1)]):
        with pytest.raises(InvertedPolarity, match="said to be inverted"):
            read_scan(files, None if files[0][128:132] == b"DICM" else said(polarity="inverted"))
    white = np.full((200, 300), 255, np.uint8)
    white[50:150, 60:240], white[80:120, 100:160] = 140, 60
    with pytest.raises(InvertedPolarity):
        read_scan([png(white)], said(polarity="inverted"))


@pytest.mark.parametrize("depth", [0.6, 1.5, 3.0])
def test_inverted_goods_that_fill_the_frame_are_read(depth: float) -> None:
    rng = np.random.default_rng(3)
    level = depth + rng.normal(0, 0.2, (25, 38)).repeat(8, 0).repeat(8, 1)[:200, :300]
    level[60:90, 100:130] = 0.05
    goods = (60_000 * np.exp(-np.maximum(level, 0))).astype(np.uint16)
    (scan,) = read_scan([png(65_535 - goods)], said(polarity="inverted"))
    assert np.array_equal(scan.counts[0], goods)


def test_an_inverted_scan_with_a_flat_dark_rim_is_read_once_its_air_is_said() -> None:
    counts = np.full((200, 300), 1_500, np.uint16)
    counts[20:180, 20:280] = np.random.default_rng(0).integers(3_000, 20_000, (160, 260))
    counts[90:110, 100:150] = 60_000
    with pytest.raises(InvertedPolarity):
        read_scan([png(65_535 - counts)], said(polarity="inverted"))
    (scan,) = read_scan([png(65_535 - counts)], said(polarity="inverted", air=5_535))
    assert float(np.median(scan.high[:20])) == pytest.approx(3.7, abs=0.1)


# ---- the sidecar itself


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (said(air=[1]), "air"),
        (said(air=[60_000, 0], polarity="transmission"), "air"),
        (said(air=[60_000, 40_000], dark=[0, 50_000], polarity="transmission"), "dark"),
        (said(air=[60_000, "bright"]), "air"),
        (said(air=[60_000, True]), "air"),
        (said(air={"high": 1}), "air"),
        (said(dark=[1, 2, 3]), "dark"),
        (said(dark=1e400), "dark"),
        (said(calibration={"name": {"a": 1}, "materials": CURVES["materials"]}), "name"),
    ],
)
def test_bad_counts_are_named(text: str, names: str) -> None:
    with pytest.raises(BadSidecar) as caught:
        read_sidecar(text)
    assert names in f"{caught.value} {caught.value.field}"


@pytest.mark.parametrize("where", ["z", "high", "low"])
@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400, "1e999", "NaN", "1" * 5000])
def test_numbers_beyond_all_measure_are_named(where: str, number: str) -> None:
    rows = {"z": "6", "high": "[0.1, 1]", "low": "[0.1, 1.2]"}
    rows[where] = number if where == "z" else f"[0.1, {number}]"
    row = "{" + ", ".join(f'"{key}": {value}' for key, value in rows.items()) + "}"
    steel = '{"z": 26, "high": [1, 2], "low": [2, 4]}'
    text = f'{{"tidewaiter_xray": 1, "calibration": {{"materials": [{row}, {steel}]}}}}'
    with pytest.raises(BadSidecar):
        read_sidecar(text)
    with pytest.raises(BadSidecar):
        read_scan([tiff(*pair(), description=text)])


@pytest.mark.parametrize("key", ["view", "air", "bits", "tidewaiter_xray"])
@pytest.mark.parametrize("deep", [500, 900, 5_000])
def test_what_is_nested_deeply_is_named(key: str, deep: int) -> None:
    text = f'{{"tidewaiter_xray": 1, "{key}": {"[" * deep}{"]" * deep}}}'
    with pytest.raises(BadSidecar):
        read_sidecar(text)


def test_a_document_says_what_was_said() -> None:
    text = sidecar(calibration=CURVES, view="top", scanner="belt", channel="low", air=[5, None], dark=3, polarity=None)
    known = read_sidecar(text)
    assert read_sidecar(json.dumps(document_of(known))) == known
    assert document_of(Sidecar()) == {"tidewaiter_xray": 1}


def test_a_vendors_counts_are_for_both_energies() -> None:
    with pytest.raises(ValueError, match=r"air must be \(high, low\), got 5"):
        Sidecar(air=5)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(1, 300), (300, 1), (2, 1), (3, 3), (15, 100)])
def test_tiny_scans_are_named(shape: tuple[int, int]) -> None:
    counts = np.random.default_rng(0).integers(1_000, 60_000, shape).astype(np.uint16)
    for planes in (Planes(counts=(counts,)), Planes(counts=(counts, counts))):
        with pytest.raises(ScanTooSmall, match=f"{shape[1]}x{shape[0]}"):
            scan_of(planes, Sidecar(), "scan")
    with pytest.raises(ScanTooSmall):
        read_scan([tiff(counts, counts)])
