"""TIFF artwork: headers made to hang, exhaust or mislead a decoder first, then each kind that is decoded."""

import struct
import time
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.artwork.rasterise import LIMITS, rasterise
from inference.artwork.renderer import Renderer
from inference.artwork.tiff import decode_tiff
from inference.artwork.tiff_header import read_tiff
from inference.decoding import decode
from inference.errors import BadArtwork, TidewaiterError, UnsupportedImage
from inference.headers import BadHeader, UnsupportedHeader

NONE, LZW, JPEG, DEFLATE, PACKBITS = 1, 5, 7, 8, 32773
SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, ORIENTATION = 254, 256, 257, 258, 259, 262, 273, 274
SAMPLES, ROWS, LENGTHS, PLANAR, COLOURS, TILE_WIDTH, TILE_HEIGHT = 277, 278, 279, 284, 320, 322, 323
TILES, TILE_LENGTHS, EXTRA, FORMAT = 324, 325, 338, 339
ROWS_OF_16 = (cv2.IMWRITE_TIFF_ROWSPERSTRIP, 16)  # several strips; for JPEG a multiple of 8

Tags = dict[int, Sequence[int] | int]


def picture(height: int = 48, width: int = 80) -> NDArray[np.uint8]:
    """(h, w, 3) BGR: noise, so that no compression makes it small, with an orange block in it."""
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    pixels[8:32, 16:64] = (30, 60, 200)
    return pixels


def opencv(pixels: NDArray[np.uint8] | NDArray[np.uint16], compression: int = LZW) -> bytes:
    return bytes(cv2.imencode(".tiff", pixels, [cv2.IMWRITE_TIFF_COMPRESSION, compression, *ROWS_OF_16])[1].tobytes())


def tiff(*pages: Tags, pixels: bytes = b"", order: str = "<", last: int = 0) -> bytes:
    """A TIFF by hand: the pixels at byte 8, then the pages, each chained to the next and the last to byte `last`."""
    out = bytearray(struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 8 + len(pixels)) + pixels)
    for number, tags in enumerate(pages):
        entries, more = b"", b""
        behind = len(out) + 6 + 12 * len(tags)
        for tag, value in sorted(tags.items()):
            values = [value] if isinstance(value, int) else list(value)
            body = struct.pack(f"{order}{len(values)}I", *values)
            at = body if len(values) == 1 else struct.pack(order + "I", behind + len(more))
            more += body if len(values) > 1 else b""
            entries += struct.pack(order + "HHI", tag, 4, len(values)) + at
        following = behind + len(more) if number < len(pages) - 1 else last
        out += struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", following) + more
    return bytes(out)


def page(width: int, height: int, *, strip: int) -> Tags:
    """A page of 8-bit grey in one strip of `strip` bytes at byte 8."""
    return {WIDTH: width, HEIGHT: height, BITS: 8, COMPRESSION: NONE, PHOTOMETRIC: 1, STRIPS: 8, LENGTHS: strip}


GREY = bytes(range(0, 240, 2))  # 12 x 10
PAGE = page(12, 10, strip=120)
ONE = tiff(PAGE, pixels=GREY)
SAMPLES_OF = {name: opencv(picture(), code) for name, code in (("lzw", LZW), ("deflate", DEFLATE), ("jpeg", JPEG))}


@pytest.fixture
def decoder() -> Iterator[Renderer]:
    decoder = Renderer(worker="inference.artwork.tiff_worker", seconds=1, max_memory=2**30)
    yield decoder
    decoder.close()


def refused(data: bytes) -> str:
    with pytest.raises(BadArtwork) as caught:
        rasterise(data, name="art.tif")
    assert "art.tif" in caught.value.detail
    return caught.value.detail


@pytest.mark.parametrize("back", [8 + len(GREY), 8 + len(GREY) + 6 + 12 * len(PAGE)], ids=["first", "second"])
def test_pages_in_a_circle_end(back: int) -> None:
    assert "the pages of the TIFF go in a circle" in refused(tiff(PAGE, PAGE, pixels=GREY, last=back))


def test_a_huge_tiff_is_refused_from_its_header_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Renderer, "draw", lambda *_, **__: pytest.fail("pixels were decoded"))
    words = refused(tiff(page(40_000, 40_000, strip=9), pixels=bytes(9)))
    assert words == "art.tif has 1,600,000,000 pixels; at most 25,000,000 pixels are allowed"


def test_too_many_bytes_are_refused() -> None:
    assert "at most 16,777,216 bytes are allowed" in refused(ONE + bytes(LIMITS.max_bytes))


def test_the_pages_are_counted() -> None:
    assert "the TIFF has 3 pages; artwork is one picture" in refused(tiff(PAGE, PAGE, PAGE, pixels=GREY))
    assert "more than 1,000 pages" in refused(tiff(*[PAGE] * 1001, pixels=GREY))


def test_thumbnails_beside_the_picture_are_no_pages() -> None:
    small: Tags = {**page(6, 5, strip=30), SUBFILE: 1}
    assert rasterise(tiff(PAGE, small, small, pixels=GREY), name="a").shape == (213, 256, 4)
    assert "the TIFF has 2 pages" in refused(tiff(PAGE, small, PAGE, pixels=GREY))
    assert "the first picture of the TIFF is one of reduced resolution" in refused(tiff(small, PAGE, pixels=GREY))
    assert "the first picture of the TIFF is one of reduced resolution" in refused(tiff(small, pixels=GREY))


@pytest.mark.parametrize("data", [ONE, *SAMPLES_OF.values()], ids=["none", *SAMPLES_OF])
def test_every_truncation_is_an_error(data: bytes) -> None:
    for length in [*range(4, 40), *range(40, len(data), 97), len(data) - 1]:
        refused(data[:length])


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({WIDTH: 0}, "its header says it is 0x10 pixels"),
        ({HEIGHT: 0}, "its header says it is 12x0 pixels"),
        ({WIDTH: 20_000, HEIGHT: 1}, "20,000 pixels on its longer side; at most 16,384"),
        ({LENGTHS: 4_000_000}, "strip 0 is at byte 8 + 4,000,000 of"),
        ({STRIPS: 2**32 - 1}, "strip 0 is at byte 4,294,967,295 + 120 of"),
        ({LENGTHS: 0}, "strip 0 is at byte 8 + 0 of"),
        ({LENGTHS: 119}, "the TIFF needs 120 bytes of pixels and has 119"),
        ({ROWS: 1}, "needs 10 strips and gives 1 offsets and 1 lengths"),
        ({ROWS: 0}, "the strips of the TIFF have no rows"),
        ({COMPRESSION: 50_000}, "compression is number 50000; decoded are none, CCITT RLE"),
        ({COMPRESSION: 4}, "grey, 1 x 8 bits, CCITT group 4"),
        ({PHOTOMETRIC: 5, SAMPLES: 4, BITS: [8] * 4}, "the TIFF is CMYK, 4 x 8 bits, none; decoded are grey"),
        ({PHOTOMETRIC: 77}, "of photometric kind 77"),
        ({SAMPLES: 2, BITS: [8, 8]}, "grey, 2 x 8 bits"),
        ({SAMPLES: 3, BITS: [8, 8, 16], PHOTOMETRIC: 2}, "3 channels of 8, 8, 16 bits"),
        ({SAMPLES: 3, BITS: [16] * 3, PHOTOMETRIC: 2, PLANAR: 2}, "16-bit colours in planes"),
        ({BITS: 32, FORMAT: 3}, "signed or floating-point samples"),
        ({BITS: 64}, "1 x 64 bits"),
        ({TILE_WIDTH: 17, TILE_HEIGHT: 16, TILES: 8, TILE_LENGTHS: 9}, "tiles of the TIFF are 17x16"),
        ({TILE_WIDTH: 2**20, TILE_HEIGHT: 2**20, TILES: 8, TILE_LENGTHS: 9}, "1048576x1048576, for a picture of 12x10"),
        ({TILE_WIDTH: 16, TILE_HEIGHT: 16, TILES: [8, 8], TILE_LENGTHS: [9, 9]}, "needs 1 tiles and gives 2 offsets"),
    ],
)
def test_a_senseless_header_says_why(tags: Tags, words: str) -> None:
    assert words in refused(tiff({**PAGE, **tags}, pixels=GREY))


def test_a_header_that_says_two_things_is_refused() -> None:
    data = bytearray(ONE)
    second = 8 + len(GREY) + 2 + 12
    assert struct.unpack_from("<H", data, second)[0] == HEIGHT
    struct.pack_into("<H", data, second, WIDTH)
    assert "tag 256 twice" in refused(bytes(data))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"II*\0" + bytes(4), "holds no picture"),
        (b"II*\0\xff\xff\xff\xff", "points to byte 4,294,967,295 of 8"),
        (b"II*\0\x08\0\0\0" + bytes(2), "a page of the TIFF has 0 tags"),
        (b"II*\0\x08\0\0\0\xff\xff", "a page of the TIFF has 65,535 tags"),
        (b"MM\0*", "the TIFF is incomplete"),
        (b"II+\0\x08\0\0\0", "it is a BigTIFF"),
    ],
)
def test_a_header_without_a_picture_says_why(data: bytes, words: str) -> None:
    assert words in refused(data)


@pytest.mark.parametrize("name", SAMPLES_OF)
def test_damaged_pixels_are_not_half_a_picture(name: str) -> None:
    data = bytearray(SAMPLES_OF[name])
    data[len(data) // 3 : len(data) // 3 + 40] = b"\xff\x00\xaa\x55" * 10  # inside the strips, with the header sound
    assert "the TIFF is damaged or incomplete" in refused(bytes(data))


def test_a_strip_that_ends_early_is_not_half_a_picture() -> None:
    packed = b"\x83\x10" + b"\x85\x20"  # 126 and 124 bytes of PackBits, where 300 are needed
    data = tiff({**page(30, 10, strip=len(packed)), COMPRESSION: PACKBITS}, pixels=packed)
    assert "damaged or incomplete: PackBitsDecode: Not enough data" in refused(data)


def test_the_next_picture_is_not_blamed_for_the_last(decoder: Renderer) -> None:
    data = bytearray(SAMPLES_OF["lzw"])
    data[len(data) // 3 : len(data) // 3 + 40] = bytes(40)
    with pytest.raises(BadArtwork, match="damaged"):
        decode_tiff(bytes(data), limits=LIMITS, name="a", decoder=decoder)
    assert decode_tiff(SAMPLES_OF["lzw"], limits=LIMITS, name="a", decoder=decoder).shape == (48, 80, 4)


def test_a_decoder_without_memory_refuses(decoder: Renderer) -> None:
    decoder.max_memory = 2**28  # less than OpenCV and the pixels need
    with pytest.raises(BadArtwork, match="cannot be rendered"):
        decode_tiff(opencv(np.eye(4000, dtype=np.uint16), DEFLATE), limits=LIMITS, name="a", decoder=decoder)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_change_is_a_picture_or_a_named_error(draw: st.DataObject) -> None:
    data = bytearray(ONE)
    for at in draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=6)):
        data[at] = draw.draw(st.integers(0, 255))
    started = time.monotonic()
    try:
        assert max(rasterise(bytes(data), name="a").shape) == 256
    except TidewaiterError as error:
        assert error.detail  # noqa: PT017  # either is fine, nothing else is
    assert time.monotonic() - started < 10


@given(st.binary(max_size=300))
def test_any_bytes_after_the_signature_are_judged(tail: bytes) -> None:
    with pytest.raises((BadHeader, UnsupportedHeader)):
        read_tiff(b"II*\0" + tail)


@pytest.mark.parametrize("compression", [NONE, LZW, DEFLATE, PACKBITS])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("depth", [8, 16])
def test_each_kind_is_decoded(depth: int, channels: int, compression: int) -> None:
    bgra = np.dstack([picture(), np.full((48, 80), 200, np.uint8)])
    pixels = bgra[..., :channels].squeeze()
    stored = pixels if depth == 8 else pixels.astype(np.uint16) * 257
    art = decode_tiff(opencv(stored, compression), limits=LIMITS, name="a")
    if channels == 1:
        expected = np.dstack([pixels, pixels, pixels, np.full_like(pixels, 255)])
    else:
        expected = np.dstack([bgra[..., 2::-1], np.full((48, 80), 200 if channels == 4 else 255, np.uint8)])
    np.testing.assert_array_equal(art, expected)


def test_jpeg_in_a_tiff_is_decoded() -> None:
    smooth = np.full((48, 80, 3), 250, np.uint8)
    smooth[8:40, 16:64] = (30, 60, 200)
    art = decode_tiff(opencv(smooth, JPEG), limits=LIMITS, name="a")
    assert np.abs(art[24, 40].astype(int) - (200, 60, 30, 255)).max() <= 3


@pytest.mark.parametrize("order", ["<", ">"], ids=["II", "MM"])
@pytest.mark.parametrize("white", [0, 1])
def test_black_and_white_by_either_meaning(white: int, order: str) -> None:
    rows = b"\xf0\xff" * 16  # 4 ones, 4 zeros, 8 ones
    tags: Tags = {**page(16, 16, strip=32), BITS: 1, PHOTOMETRIC: white}
    art = decode_tiff(tiff(tags, pixels=rows, order=order), limits=LIMITS, name="a")
    ones = 255 if white else 0
    assert art[3, :, 0].tolist() == [ones] * 4 + [255 - ones] * 4 + [ones] * 8


def test_16_bit_grey_in_which_white_is_zero() -> None:
    tags: Tags = {**page(2, 1, strip=4), BITS: 16, PHOTOMETRIC: 0}
    art = decode_tiff(tiff(tags, pixels=struct.pack("<HH", 0, 65535)), limits=LIMITS, name="a")
    assert art.tolist() == [[[255, 255, 255, 255], [0, 0, 0, 255]]]


@pytest.mark.parametrize("bits", [4, 8])
def test_a_palette_gives_its_colours(bits: int) -> None:
    reds, greens, blues = ([0] * 2**bits for _ in range(3))
    reds[1], greens[1], blues[1] = 65535, 32896, 257
    tags: Tags = {**page(2, 1, strip=2), BITS: bits, PHOTOMETRIC: 3, COLOURS: reds + greens + blues}
    art = decode_tiff(tiff(tags, pixels=b"\x01\x00" if bits == 8 else b"\x10\x00"), limits=LIMITS, name="a")
    assert art.tolist() == [[[255, 128, 1, 255], [0, 0, 0, 255]]]


@pytest.mark.parametrize(
    ("extra", "depth", "expected"),
    [
        (1, 8, [200, 100, 50]),  # multiplied by alpha in the file
        (1, 16, [200, 100, 50]),
        (2, 8, [100, 50, 25]),  # not multiplied; the decoder does, and it is taken back
        (2, 16, [100, 50, 25]),
        (0, 8, [100, 50, 25]),
        (0, 16, [100, 50, 25]),
    ],
)
def test_alpha_is_straight_however_it_was_stored(extra: int, depth: int, expected: list[int]) -> None:
    levels = np.array([100, 50, 25, 127.5]).round().astype(np.uint8)
    body = levels.tobytes() if depth == 8 else (levels.astype("<u2") * 257).tobytes()
    tags: Tags = {**page(1, 1, strip=len(body)), BITS: [depth] * 4, SAMPLES: 4, PHOTOMETRIC: 2, EXTRA: extra}
    (((*colour, alpha),),) = decode_tiff(tiff(tags, pixels=body), limits=LIMITS, name="a").tolist()
    assert alpha == 128
    assert np.abs(np.subtract(colour, expected)).max() <= 1


def test_the_orientation_is_followed() -> None:
    lying: Tags = {**page(3, 2, strip=6), ORIENTATION: 6}
    art = decode_tiff(tiff(lying, pixels=bytes([0, 40, 80, 120, 160, 200])), limits=LIMITS, name="a")
    assert art[..., 0].tolist() == [[120, 0], [160, 40], [200, 80]]


def test_tiles_are_put_together() -> None:
    levels = (0, 60, 120, 180)
    tags: Tags = {**page(64, 64, strip=0), TILE_WIDTH: 32, TILE_HEIGHT: 32}
    del tags[STRIPS], tags[LENGTHS]
    tags |= {TILES: [8 + 1024 * n for n in range(4)], TILE_LENGTHS: [1024] * 4}
    art = decode_tiff(tiff(tags, pixels=b"".join(bytes([v]) * 1024 for v in levels)), limits=LIMITS, name="a")
    assert art[::63, ::63, 0].tolist() == [[0, 60], [120, 180]]


def test_colours_in_planes_are_put_together() -> None:
    tags: Tags = {**page(2, 1, strip=0), SAMPLES: 3, BITS: [8] * 3, PHOTOMETRIC: 2, PLANAR: 2}
    tags |= {STRIPS: [8, 10, 12], LENGTHS: [2, 2, 2]}
    art = decode_tiff(tiff(tags, pixels=bytes([1, 2, 3, 4, 5, 6])), limits=LIMITS, name="a")
    assert art.tolist() == [[[1, 3, 5, 255], [2, 4, 6, 255]]]


def test_the_artwork_of_a_tiff_is_trimmed_to_its_alpha() -> None:
    pixels = np.zeros((300, 400, 4), np.uint8)
    pixels[100:200, 100:300] = (30, 60, 200, 255)
    art = rasterise(opencv(pixels), name="a")
    assert art.shape == (128, 256, 4)
    assert (art == (200, 60, 30, 255)).all()


def test_a_photograph_may_not_be_a_tiff() -> None:
    with pytest.raises(UnsupportedImage, match="a TIFF; only JPEG, PNG and WebP"):
        decode(ONE)
