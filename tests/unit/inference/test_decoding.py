"""Decoding: the ugliest bytes first, then each kind of image that a station may send."""

import struct
import zlib

import cv2
import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.decoding import Limits, decode, decode_with_alpha, sniff
from inference.errors import BadImage, BrokenImage, EmptyImage, ImageTooLarge, UnsupportedImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def scene(height: int = 60, width: int = 80) -> NDArray[np.uint8]:
    noise = np.random.default_rng(7).integers(0, 256, (height // 10, width // 10, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(noise, (width, height)), np.uint8)


def jpeg(**options: object) -> bytes:
    return bytes(simplejpeg.encode_jpeg(scene(), quality=90, **options))


def opencv(extension: str, pixels: NDArray[np.uint8], *flags: int) -> bytes:
    return bytes(cv2.imencode(extension, pixels, list(flags))[1].tobytes())


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*, width: int, height: int, depth: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return SIGNATURE + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PNG = opencv(".png", scene())
WEBP = opencv(".webp", scene(), cv2.IMWRITE_WEBP_QUALITY, 80)
WEBP_LOSSLESS = opencv(".webp", scene(), cv2.IMWRITE_WEBP_QUALITY, 101)
WEBP_ALPHA = opencv(".webp", np.dstack([scene(), np.full((60, 80), 9, np.uint8)]), cv2.IMWRITE_WEBP_QUALITY, 80)
SAMPLES = {"jpeg": jpeg(), "png": PNG, "webp": WEBP, "webp lossless": WEBP_LOSSLESS, "webp alpha": WEBP_ALPHA}


def test_empty_bytes_are_an_error_that_names_the_field() -> None:
    with pytest.raises(EmptyImage, match=r"views\[1\] is empty") as caught:
        decode(b"", field="views[1]")
    assert caught.value.field == "views[1]"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"I am a text that was named parcel.jpg", "it begins with b'I am a t'"),
        (b"GIF89a" + bytes(20), "a GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
        (b"\0\0\0\x18ftypheic", "a HEIC"),
        (b"\xff", "of an unknown type"),
        (b"RIFF\0\0\0\0WAVE", "of an unknown type"),
    ],
)
def test_other_types_are_refused_by_name(data: bytes, words: str) -> None:
    with pytest.raises(UnsupportedImage) as caught:
        decode(data)
    assert words in caught.value.detail
    assert "only JPEG, PNG and WebP images are accepted" in caught.value.detail
    assert caught.value.status == 415


def test_a_huge_png_is_refused_from_its_header_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("pixels were decoded"))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0))
    with pytest.raises(ImageTooLarge) as caught:
        decode(SIGNATURE + header + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    assert caught.value.detail == "image has 400,000,000 pixels; at most 50,000,000 pixels are allowed"
    assert caught.value.limit == "at most 50,000,000 pixels"
    assert caught.value.status == 413


@pytest.mark.parametrize("data", SAMPLES.values(), ids=SAMPLES)
def test_each_limit_is_inclusive_and_named(data: bytes) -> None:
    exact = Limits(max_bytes=len(data), max_pixels=4800, max_side=80)
    assert sniff(data, limits=exact).width == 80
    with pytest.raises(ImageTooLarge, match=f"at most {len(data) - 1:,} bytes are allowed"):
        sniff(data, limits=Limits(max_bytes=len(data) - 1))
    with pytest.raises(ImageTooLarge, match=r"4,800 pixels; at most 4,799 pixels are allowed"):
        sniff(data, limits=Limits(max_pixels=4799))
    with pytest.raises(ImageTooLarge, match=r"80 pixels on its longer side; at most 79"):
        sniff(data, limits=Limits(max_side=79))


@pytest.mark.parametrize("name", ["max_bytes", "max_pixels", "max_side"])
def test_a_limit_below_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        Limits(**{name: 0})


@pytest.mark.parametrize("data", SAMPLES.values(), ids=SAMPLES)
def test_every_truncation_is_an_error(data: bytes) -> None:
    for length in range(1, len(data)):
        with pytest.raises((BrokenImage, UnsupportedImage)):
            decode(data[:length])


@pytest.mark.parametrize("tail", [b"\xff\xd9", bytes(4000), bytes(4000) + b"\xff\xd9"], ids=["EOI", "zeros", "both"])
def test_half_a_jpeg_stays_broken_whatever_is_appended(tail: bytes) -> None:
    data = jpeg()
    with pytest.raises(BrokenImage, match="damaged or incomplete"):
        decode(data[: len(data) // 2] + tail)


def test_a_webp_cut_short_with_its_sizes_mended_is_still_broken() -> None:
    half = bytearray(WEBP[: len(WEBP) // 4 * 2])
    half[4:8] = struct.pack("<I", len(half) - 8)
    half[16:20] = struct.pack("<I", len(half) - 20)
    with pytest.raises(BrokenImage):
        decode(bytes(half))


def test_a_png_with_too_few_rows_is_broken() -> None:
    with pytest.raises(BrokenImage):
        decode(png(width=10, height=10, depth=8, colour=2, rows=(b"\0" + bytes(30)) * 5))


def test_a_png_with_one_flipped_bit_is_broken() -> None:
    at = PNG.index(b"IDAT") + 20
    with pytest.raises(BrokenImage, match="checksum of a PNG IDAT chunk"):
        decode(PNG[:at] + bytes([PNG[at] ^ 1]) + PNG[at + 1 :])


@pytest.mark.parametrize(("width", "height"), [(0, 10), (10, 0)])
def test_a_png_without_pixels_is_broken(width: int, height: int) -> None:
    with pytest.raises(BrokenImage, match=f"{width}x{height} pixels"):
        decode(png(width=width, height=height, depth=8, colour=2, rows=b""))


@pytest.mark.parametrize(("depth", "colour"), [(3, 0), (16, 3), (8, 5)])
def test_a_png_of_an_impossible_kind_is_broken(depth: int, colour: int) -> None:
    with pytest.raises(BrokenImage, match=f"colour type {colour} with {depth} bits"):
        decode(png(width=1, height=1, depth=depth, colour=colour, rows=bytes(9)))


def test_a_png_without_image_data_is_broken() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0))
    with pytest.raises(BrokenImage, match="no IDAT chunk"):
        decode(SIGNATURE + header + chunk(b"IEND", b""))


def test_a_webp_whose_canvas_and_frame_differ_is_broken() -> None:
    lying = bytearray(WEBP_ALPHA)
    lying[24:27] = (1).to_bytes(3, "little")  # canvas width - 1
    with pytest.raises(BrokenImage, match="says it is 2x60 but holds an image of 80x60"):
        decode(bytes(lying))


def test_an_animated_webp_is_refused() -> None:
    animated = bytearray(WEBP_ALPHA)
    animated[20] |= 0x02
    with pytest.raises(UnsupportedImage, match="animated"):
        decode(bytes(animated))


def test_a_jpeg_of_a_thousand_scans_is_refused_undecoded() -> None:
    with pytest.raises(UnsupportedImage, match=r"1,001 scans; at most 100"):
        decode(jpeg() + b"\xff\xda" * 1000)


@pytest.mark.filterwarnings("error")
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_files_raise_nothing_but_image_errors(data: st.DataObject) -> None:
    sample = bytearray(data.draw(st.sampled_from(list(SAMPLES.values()))))
    for _ in range(data.draw(st.integers(1, 6))):
        sample[data.draw(st.integers(0, len(sample) - 1))] = data.draw(st.integers(0, 255))
    sample = sample[: data.draw(st.integers(0, len(sample)))] if data.draw(st.booleans()) else sample
    try:
        image = decode(bytes(sample), limits=Limits(max_pixels=1_000_000))
    except BadImage:
        return
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert image.shape[2] == 3


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([b"\xff\xd8\xff", SIGNATURE, SIGNATURE + b"\0\0\0\rIHDR", b"RIFF\0\0\0\0WEBPVP8X"]), st.binary())
def test_junk_after_a_magic_number_raises_only_image_errors(magic: bytes, junk: bytes) -> None:
    with pytest.raises(BadImage):
        decode(magic + junk)


@pytest.mark.parametrize("data", SAMPLES.values(), ids=SAMPLES)
def test_bytes_after_the_image_are_ignored(data: bytes) -> None:
    assert np.array_equal(decode(data + b"trailing rubbish" * 9), decode(data))


def test_a_jpeg_is_rgb_and_near_its_original() -> None:
    header = sniff(jpeg())
    assert (header.media_type, header.width, header.height) == ("image/jpeg", 80, 60)
    image = decode(jpeg(colorsubsampling="444"))
    assert np.abs(image.astype(int) - scene()).mean() < 5


def test_a_grey_jpeg_becomes_rgb() -> None:
    data = simplejpeg.encode_jpeg(scene()[..., :1].copy(), colorspace="GRAY", quality=95)
    image = decode(bytes(data))
    assert image.shape == (60, 80, 3)
    assert np.array_equal(image[..., 0], image[..., 2])


def test_a_cmyk_jpeg_becomes_rgb() -> None:
    data = simplejpeg.encode_jpeg(np.full((16, 16, 4), 255, np.uint8), colorspace="CMYK", quality=95)
    image = decode(bytes(data))
    assert image.shape == (16, 16, 3)
    assert image.std() < 2
    assert image.mean() > 250  # stored inverted, as Adobe does: 255 is no ink


@pytest.mark.parametrize("data", [PNG, WEBP_LOSSLESS], ids=["png", "webp"])
def test_lossless_files_keep_every_pixel_in_rgb_order(data: bytes) -> None:
    assert np.array_equal(decode(data), scene()[..., ::-1])  # the sample was written as BGR


def test_exif_orientation_is_not_applied() -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # orientation 6: turn right
    data = jpeg()
    turned = data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]
    assert np.array_equal(decode(turned), decode(data))
    tagged = PNG[:33] + chunk(b"eXIf", exif[6:]) + PNG[33:]
    assert np.array_equal(decode(tagged), decode(PNG))


GREY = [0, 85, 170, 255]
PNG_KINDS = {
    "grey 2 bits": (2, 0, b"\0\x1b", b"", [(g, g, g) for g in GREY]),
    "grey 2 bits, level 1 transparent": (2, 0, b"\0\x1b", chunk(b"tRNS", b"\0\x01"), [0, 255, 170, 255]),
    "grey 8 bits": (8, 0, b"\0\x00\x55\xaa\xff", b"", GREY),
    "grey 8 bits, 0 transparent": (8, 0, b"\0\x00\x55\xaa\xff", chunk(b"tRNS", b"\0\0"), [255, 85, 170, 255]),
    "grey 16 bits": (16, 0, b"\0" + struct.pack(">4H", 0, 0x5555, 0xAAAA, 0xFFFF), b"", GREY),
    "grey and alpha 16 bits": (16, 4, b"\0" + struct.pack(">8H", *[0, 65535] * 2, *[0, 0] * 2), b"", [0, 0, 255, 255]),
    "palette": (2, 3, b"\0\x1b", chunk(b"PLTE", bytes(range(12))), [(0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11)]),
    "palette with alpha": (
        2, 3, b"\0\x1b", chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", b"\0"),
        [(255, 255, 255), (3, 4, 5), (6, 7, 8), (9, 10, 11)],
    ),
    "rgb 16 bits": (16, 2, b"\0" + struct.pack(">12H", *[257 * i for i in range(12)]), b"",
                    [(0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11)]),
    "rgb, one colour transparent": (8, 2, b"\0" + bytes(range(12)), chunk(b"tRNS", b"\0\x03\0\x04\0\x05"),
                                    [(0, 1, 2), (255, 255, 255), (6, 7, 8), (9, 10, 11)]),
    "rgba, half covered": (8, 6, b"\0" + bytes([200, 100, 0, 128] * 4), b"", [(227, 177, 127)] * 4),
}  # fmt: skip


@pytest.mark.parametrize(("depth", "colour", "row", "extra", "expected"), PNG_KINDS.values(), ids=PNG_KINDS)
def test_every_kind_of_png_becomes_8_bit_rgb_on_white(
    depth: int, colour: int, row: bytes, extra: bytes, expected: list[int | tuple[int, int, int]]
) -> None:
    image = decode(png(width=4, height=1, depth=depth, colour=colour, rows=row, extra=extra))
    assert image.shape == (1, 4, 3)
    assert image.dtype == np.uint8
    assert [tuple(p) for p in image[0].tolist()] == [p if isinstance(p, tuple) else (p, p, p) for p in expected]


def test_alpha_is_kept_when_asked_for() -> None:
    pixels = decode_with_alpha(png(width=1, height=2, depth=8, colour=6, rows=b"\0\x01\x02\x03\x04" * 2))
    assert pixels.tolist() == [[[1, 2, 3, 4]], [[1, 2, 3, 4]]]
    assert decode_with_alpha(jpeg()).shape == (60, 80, 4)
    assert (decode_with_alpha(jpeg())[..., 3] == 255).all()
    assert np.abs(decode_with_alpha(WEBP_ALPHA)[..., 3].astype(int) - 9).max() <= 1


def test_compositing_is_the_same_in_every_block_of_rows() -> None:
    tall = np.full((600, 2, 4), (10, 20, 30, 51), np.uint8)
    image = decode(opencv(".png", tall))
    assert np.unique(image.reshape(-1, 3), axis=0).tolist() == [[210, 208, 206]]  # 255 - (255 - c) / 5
