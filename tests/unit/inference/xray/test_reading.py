"""X-ray files in, scans out: what is sound is read, what is not is refused by name, what is missing is said."""

import contextlib
import io
import json
import math
import tracemalloc
import zlib

import numpy as np
import pytest
import tifffile
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEG2000Lossless

from inference.decoding import Limits
from inference.errors import BadImage, BrokenImage, EmptyImage, ImageTooLarge, UnsupportedImage
from inference.xray import errors
from inference.xray.formats.planes import Planes
from inference.xray.reading import is_xray_file, read_scan
from inference.xray.scan import attenuation
from tests.unit.inference.xray.scans import AIR, CURVES, dicom, pair, png, sidecar, tiff


def codes(scan: object) -> set[str]:
    return {remark.code for remark in scan.remarks}  # type: ignore[attr-defined]


def test_a_tiff_of_two_pages_is_read_without_loss() -> None:
    high, low = pair()
    (scan,) = read_scan([tiff(high, low, description=sidecar(calibration=CURVES))])
    assert np.array_equal(scan.counts[0], high)
    assert np.array_equal(scan.counts[1], low)
    assert scan.remarks == ()
    assert scan.pitch == 0.6
    np.testing.assert_allclose(np.exp(-scan.high) * AIR, high, rtol=1e-4)
    assert scan.low is not None
    assert float(np.median(scan.low[25:45, 25:55])) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    "options", [{"compression": None}, {"predictor": True}, {"byteorder": ">"}, {"rowsperstrip": 7}]
)
def test_tiffs_of_all_usual_kinds_hold_the_same_counts(options: dict[str, object]) -> None:
    high, low = pair()
    byteorder = options.pop("byteorder", None)
    if byteorder:
        file = io.BytesIO()
        with tifffile.TiffWriter(file, byteorder=">") as writer:
            for page in (high, low):
                writer.write(page, photometric="minisblack", metadata=None)
        data = file.getvalue()
    else:
        data = tiff(high, low, **options)
    (scan,) = read_scan([data], sidecar())
    assert np.array_equal(scan.counts[0], high)
    assert np.array_equal(scan.counts[1], low)


def test_two_pngs_are_one_scan_in_either_order_if_they_say_which_is_which() -> None:
    high, low = pair()
    (scan,) = read_scan([png(high), png(low)], sidecar())
    assert np.array_equal(scan.counts[1], low)
    files = [tiff(own, description=sidecar(channel=name)) for own, name in ((low, "low"), (high, "high"))]
    (turned,) = read_scan(files)
    assert np.array_equal(turned.counts[0], high)


def test_what_nobody_said_is_said() -> None:
    high, low = pair()
    (scan,) = read_scan([tiff(high, low)])
    assert codes(scan) == {"air_assumed", "no_pitch", "no_calibration"}
    assert scan.air == pytest.approx(AIR, rel=0.01)
    (one,) = read_scan([png((high >> 8).astype(np.uint8))])
    assert codes(one) == {"air_assumed", "no_pitch", "one_energy", "eight_bits"}
    assert one.low is None


def test_a_screenshot_in_colours_is_read_as_one() -> None:
    picture = np.full((100, 120, 3), 250, np.uint8)
    picture[30:70, 30:90] = (40, 140, 230)
    (scan,) = read_scan([png(picture)])
    assert "screenshot" in codes(scan)
    assert float(scan.high[50, 50]) > 0.3 > abs(float(scan.high[5, 5]))


def test_a_dicom_file_is_read_with_all_its_frames() -> None:
    high, _ = pair()
    scans = read_scan(
        [dicom(np.stack([high, high[::-1]]), PixelIntensityRelationshipSign=1, ImagerPixelSpacing=[0.8, 0.8])]
    )
    assert len(scans) == 2
    assert np.array_equal(scans[1].counts[0], high[::-1])
    assert scans[0].pitch == 0.8
    assert "one_energy" in codes(scans[0])


def test_an_inverted_dicom_file_that_says_so_is_turned() -> None:
    high, _ = pair()
    (scan,) = read_scan([dicom(65_535 - high, PixelIntensityRelationshipSign=-1)])
    assert float(np.median(scan.high[25:45, 25:55])) == pytest.approx(0.5, abs=0.03)


def refused(kind: type[BadImage], *files: bytes, said: str | None = None, limits: Limits | None = None) -> BadImage:
    with pytest.raises(kind) as caught:
        read_scan(list(files), said, **({} if limits is None else {"limits": limits}))
    assert type(caught.value) is kind
    assert caught.value.field
    return caught.value


def test_swapped_energies_are_named() -> None:
    high, low = pair()
    assert "low" in str(refused(errors.SwappedEnergies, tiff(low, high, description=sidecar())))


def test_energies_of_two_scans_are_named() -> None:
    high, low = pair()
    turned = np.ascontiguousarray(low[::-1, ::-1])
    refused(errors.MismatchedEnergies, tiff(high, turned, description=sidecar()))
    assert "160x120" in str(refused(errors.MismatchedEnergies, tiff(high, low[:, :100], description=sidecar())))
    refused(errors.MismatchedEnergies, png(high), tiff(high, low))
    refused(errors.MismatchedEnergies, png(high), png(high), png(high))


def test_an_empty_belt_is_a_scan_of_nothing() -> None:
    rng = np.random.default_rng(0)
    high, low = (rng.normal(AIR, 150, (80, 80)).astype(np.uint16) for _ in range(2))
    (scan,) = read_scan([tiff(high, low, description=sidecar())])
    assert float(np.abs(scan.high).max()) < 0.05


def test_wrong_depths_are_named() -> None:
    high, low = pair()
    assert "12 bits" in str(refused(errors.WrongBitDepth, tiff(high >> 4, low >> 4, description=sidecar())))
    refused(errors.WrongBitDepth, tiff(high, low, description=sidecar(bits=12, air=4000)))
    eight = [(own >> 8).astype(np.uint8) for own in (high, low)]
    refused(errors.WrongBitDepth, png(eight[0]), png(eight[1]))
    refused(errors.WrongBitDepth, tiff(high.astype(np.float32)))
    refused(errors.WrongBitDepth, tiff(high.astype(np.uint32)))
    refused(errors.WrongBitDepth, dicom(high, PixelRepresentation=1))


def test_an_inverted_scan_is_named_unless_it_says_so() -> None:
    high, low = pair()
    inverted = tiff(65_535 - high, 65_535 - low)
    refused(errors.InvertedPolarity, inverted)
    (scan,) = read_scan([inverted], json.dumps({"tidewaiter_xray": 1, "polarity": "inverted"}))
    assert float(np.median(scan.high[25:45, 25:55])) == pytest.approx(0.5, abs=0.05)


def test_an_overexposed_scan_is_named() -> None:
    high, low = (np.minimum(own.astype(np.uint32) * 17 // 10, 65_535).astype(np.uint16) for own in pair())
    refused(errors.Saturated, tiff(high, low, description=sidecar()))


def test_a_dead_column_is_filled_in_and_said() -> None:
    high, low = pair()
    broken = high.copy()
    broken[:, 40] = 0
    (scan,) = read_scan([tiff(broken, low, description=sidecar())])
    assert "40" in next(remark.text for remark in scan.remarks if remark.code == "dead_detectors")
    assert float(np.abs(scan.high[:, 40] - scan.high[:, 41]).mean()) < 0.05
    assert np.array_equal(scan.counts[0], broken)  # the eye sees what was counted
    stuck = high.copy()
    stuck[:, 40] = 65_535
    assert "dead_detectors" in codes(read_scan([tiff(stuck, low, description=sidecar())])[0])


def test_many_dead_columns_are_too_many() -> None:
    high, low = pair()
    high[:, 30:60:2] = 0
    assert "15 of 160 columns" in str(refused(errors.DeadDetectors, tiff(high, low, description=sidecar())))


def test_a_turned_scan_has_corners_without_anything_in_them() -> None:
    high, _ = pair((200, 240))
    grey = (high >> 8).astype(np.uint8)
    for row in range(60):
        grey[row, : 60 - row] = 0
    (scan,) = read_scan([png(grey)])
    assert float(scan.high[5, 5]) == 0


def test_dicom_that_cannot_be_used_is_named() -> None:
    high, _ = pair()
    refused(errors.NoPixelData, dicom(None))
    refused(errors.CompressedPixels, dicom(high, syntax=JPEG2000Lossless))
    assert "LIN" in str(refused(UnsupportedImage, dicom(high, PixelIntensityRelationship="LOG")).limit)
    refused(UnsupportedImage, dicom(high, PhotometricInterpretation="RGB", SamplesPerPixel=3))
    refused(BrokenImage, dicom(high, Rows=500))
    refused(ImageTooLarge, dicom(high, Rows=60_000, Columns=60_000))
    refused(ImageTooLarge, dicom(high, NumberOfFrames=5000))


def test_a_deflated_dicom_bomb_is_not_inflated() -> None:
    bomb = zlib.compress(b"\0" * 50_000_000)
    data = dicom(None, syntax=DeflatedExplicitVRLittleEndian)
    assert "Deflated" in str(refused(errors.CompressedPixels, data))
    assert "Deflated" in str(refused(errors.CompressedPixels, data + bomb))


def test_a_deflate_bomb_in_a_tiff_is_inflated_to_its_size_at_most() -> None:
    bomb = zlib.compress(b"\0" * 200_000_000, 9)
    data = tiff(np.zeros((64, 64), np.uint16), compression=None)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        tags = {name: page.tags[name].valueoffset for name in ("Compression", "StripOffsets", "StripByteCounts")}
    hostile = bytearray(data) + bomb
    hostile[tags["Compression"] : tags["Compression"] + 2] = (8).to_bytes(2, "little")
    hostile[tags["StripOffsets"] : tags["StripOffsets"] + 4] = len(data).to_bytes(4, "little")
    hostile[tags["StripByteCounts"] : tags["StripByteCounts"] + 4] = len(bomb).to_bytes(4, "little")
    tracemalloc.start()
    refused(BrokenImage, bytes(hostile))  # it is 64 x 64 times nothing
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_large_ones_are_refused_before_they_are_decoded() -> None:
    high, low = pair()
    for data in (tiff(high, low), png(high), dicom(high)):
        refused(ImageTooLarge, data, limits=Limits(max_pixels=1000))
        refused(ImageTooLarge, data, limits=Limits(max_bytes=100))


def test_other_files_are_named() -> None:
    refused(EmptyImage, b"")
    refused(UnsupportedImage, b"%PDF-1.7 and so on")
    assert "TIFF" in str(refused(UnsupportedImage, b"GIF89a").limit)
    refused(UnsupportedImage, tiff(*[pair()[0]] * 3))
    refused(UnsupportedImage, tiff(np.zeros((20, 20, 3), np.uint8), photometric="rgb"))


@pytest.mark.parametrize(
    "make", [lambda: tiff(*pair(), description=sidecar()), lambda: dicom(pair()[0]), lambda: png(pair()[0])]
)
def test_cut_and_altered_files_raise_nothing_else(make: object) -> None:
    whole = make()  # type: ignore[operator]
    rng = np.random.default_rng(4)
    for cut in (*range(0, min(600, len(whole)), 23), len(whole) // 2, len(whole) - 1):
        _answered(whole[:cut])
    for _ in range(150):
        altered = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 700), 3):
            altered[place] = int(rng.integers(256))
        _answered(bytes(altered))


def _answered(data: bytes) -> None:
    with contextlib.suppress(BadImage):
        read_scan([data], limits=Limits(max_pixels=2_000_000))


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("nonsense", "JSON"),
        ("[1]", "object"),
        ("{}", "tidewaiter_xray"),
        (sidecar(colour="red"), "colour"),
        (sidecar(air=0), "air"),
        (sidecar(air="bright"), "air"),
        (sidecar(dark=59_000), "dark"),
        (sidecar(pitch_mm=-1), "pitch_mm"),
        (sidecar(pitch_mm=True), "pitch_mm"),
        (sidecar(polarity="upside down"), "polarity"),
        (sidecar(bits=12.5), "bits"),
        (sidecar(view=""), "view"),
        (sidecar(calibration={"materials": []}), "materials"),
        (sidecar(calibration={"materials": [{"z": 6, "high": [1, 2], "low": [1, 2]}] * 2}), "rise"),
        (
            sidecar(
                calibration={
                    "materials": [{"z": 6, "high": [2, 1], "low": [1, 2]}, {"z": 7, "high": [1, 2], "low": [1, 2]}]
                }
            ),
            "rise",
        ),
        ("[" * 60_000, "sidecar"),
        (" " * 70_000, "bytes"),
    ],
)
def test_bad_sidecars_are_named(said: str, names: str) -> None:
    error = refused(errors.BadSidecar, tiff(*pair()), said=said)
    assert names in str(error) + str(error.field) + str(error.limit)


def test_xray_files_are_told_from_pictures() -> None:
    high, low = pair()
    assert is_xray_file(tiff(high, low))
    assert is_xray_file(dicom(high))
    assert not is_xray_file(png(high))


def test_metal_beside_thick_plastic_is_no_mismatch() -> None:
    """Over the whole scan the energies hardly follow each other; their edges do."""
    rng = np.random.default_rng(4)
    high = np.zeros((200, 300), np.float32)
    low = np.zeros((200, 300), np.float32)
    high[20:180, 20:140], low[20:180, 20:140] = 2.2, 2.3  # plastic
    for x in range(150, 280, 20):
        high[30:170, x : x + 10], low[30:170, x : x + 10] = 0.9, 2.6  # metal
    both = [np.clip(np.exp(-own) * AIR + rng.normal(0, 120, own.shape), 0, 65_535) for own in (high, low)]
    first, second = (np.rint(own).astype(np.uint16) for own in both)
    (scan,) = read_scan([tiff(first, second, description=sidecar())])
    assert scan.low is not None


@pytest.mark.parametrize("cut", [1, 40, 2_000])
def test_a_tiff_whose_second_page_is_cut_off_is_incomplete(cut: int) -> None:
    high, low = pair()
    whole = tiff(high, low, description=sidecar(), compression=None, contiguous=False)
    last = whole.rindex(low.tobytes()[:64])
    with pytest.raises(BadImage) as caught:
        read_scan([whole[: last + high.nbytes - cut]])
    assert caught.value.field == "scan"


def test_a_tiff_with_a_damaged_page_is_named() -> None:
    high, low = pair()
    data = bytearray(tiff(high, low, description=sidecar()))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[1].aspage()
        end = page.dataoffsets[-1] + page.databytecounts[-1]
    data[end - 2] ^= 0x10  # as many bytes as there should be, but not those of its checksum
    with pytest.raises(BrokenImage, match="is damaged"):
        read_scan([bytes(data)])


def test_attenuation_is_minus_the_logarithm_of_what_came_through() -> None:
    counts = np.array([[0, 100, 101, 1_000], [29_000, 58_000, 60_000, 65_535]], np.uint16)
    expected = [[-math.log(max(count - 100, 1) / 57_900) for count in row] for row in counts.tolist()]
    assert attenuation(counts, 58_000, 100) == pytest.approx(np.array(expected), abs=1e-6)
    assert attenuation(np.zeros((0, 4), np.uint16), 10).shape == (0, 4)


@pytest.mark.parametrize(
    ("planes", "says"),
    [
        ({"counts": (np.zeros((4, 4), np.int32),)}, r"counts must be \(h, w\) uint16, got \(4, 4\) int32"),
        ({"counts": (np.zeros((4, 4, 1), np.uint16),)}, r"got \(4, 4, 1\) uint16"),
        ({"counts": (np.zeros((0, 4), np.uint16),)}, r"got \(0, 4\)"),
        ({"colours": np.zeros((4, 4), np.uint8)}, r"colours must be \(h, w, 3\) uint8, got \(4, 4\) uint8"),
        ({"colours": np.zeros((4, 4, 3), np.float32)}, "got .* float32"),
    ],
)
def test_what_a_vendors_reader_gives_is_checked(planes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Planes(**planes)  # type: ignore[arg-type]
