"""Artwork to pixels: drawings that kill or exhaust a renderer first, then shape, trim, colour and alpha."""

import os
import signal
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from inference.artwork.rasterise import SIDE, rasterise
from inference.artwork.renderer import Renderer
from inference.errors import BadArtwork, UnsafeArtwork


def svg(body: str, attributes: str = 'viewBox="0 0 100 100"') -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{body}</svg>'.encode()


def png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


RED = '<rect width="100" height="50" fill="#f00"/>'
ABORTS = svg(
    '<pattern id="p" width="1e7" height="1e7" patternUnits="userSpaceOnUse"><rect width="9" height="9"/></pattern>'
    '<rect width="100" height="100" fill="url(#p)"/>'
)
LAUGHS = '<g id="a0"><rect width="9" height="9"/></g>' + "".join(
    f'<g id="a{i + 1}">' + f'<use href="#a{i}"/>' * 10 + "</g>" for i in range(12)
)


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    renderer = Renderer(seconds=1)
    yield renderer
    renderer.close()


def sized(body: str) -> str:
    return svg(body, 'width="9" height="9"').decode()


def test_a_drawing_that_aborts_the_renderer_is_refused_and_the_next_is_drawn() -> None:
    with pytest.raises(BadArtwork, match=r"bomb\.svg cannot be rendered: it needs more memory than 1,024 MiB"):
        rasterise(ABORTS, name="bomb.svg")
    assert rasterise(svg(RED), name="a").shape == (128, 256, 4)


def test_references_to_references_end_in_time(renderer: Renderer) -> None:
    slow = '<filter id="f"><feMorphology operator="dilate" radius="90"/></filter>' + RED.replace(
        "/>", ' filter="url(#f)"/>'
    )
    with pytest.raises(BadArtwork, match="it takes longer than 1 s"):
        renderer.render(svg(slow * 9, 'viewBox="0 0 100 100" width="2000" height="2000"').decode(), name="slow")
    assert renderer.render(sized(RED), name="next").startswith(b"\x89PNG")


def test_a_billion_laughs_is_refused() -> None:
    with pytest.raises(BadArtwork, match=r"laughs cannot be rendered"):
        rasterise(svg(LAUGHS), name="laughs")


def test_a_child_killed_from_outside_is_replaced(renderer: Renderer) -> None:
    renderer.render(sized(RED), name="a")
    child = renderer._child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with pytest.raises(BadArtwork, match="ended with code -9"):
        renderer.render(sized(RED), name="a")
    assert renderer.render(sized(RED), name="a").startswith(b"\x89PNG")


def test_a_forked_process_gets_a_child_of_its_own(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    renderer.render(sized(RED), name="a")
    first = renderer._child
    assert first is not None
    with monkeypatch.context() as forked:
        forked.setattr("inference.artwork.renderer.os.getpid", lambda: -1)
        renderer.render(sized(RED), name="a")
        assert renderer._child is not first
        renderer.close()
    assert first.poll() is None  # the parent's own child is left alone
    for pipe in (first.stdin, first.stdout):
        assert pipe is not None
        pipe.close()
    assert first.wait(timeout=10) == 0  # and ends by itself with its pipe


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "art is empty"),
        (b"plain words", "only JPEG, PNG and WebP images are accepted (artwork may also be an SVG, a TIFF or a PDF)"),
        (b"\x1f\x8b\x08" + bytes(20), "unknown type"),
        (png(np.zeros((9, 9, 3), np.uint8))[:-9], "incomplete"),
        (png(np.zeros((9, 9, 4), np.uint8)), "shows nothing"),
        (svg(""), "shows nothing"),
        (svg("<text y='50'>WORD</text>"), "text must be turned into outlines"),
        (svg(RED, ""), "no usable size"),
        (svg(RED, 'width="100%" height="100%"'), "no usable size"),
        (svg(RED, 'viewBox="0 0 0 9"'), "no usable size"),
        (svg(RED, 'viewBox="0 0 nan 9"'), "no usable size"),
        (svg(RED, 'viewBox="0 0 1e300 9"'), "no usable size"),
        (svg(RED, 'width="-5" height="5"'), "no usable size"),
        (svg(RED)[:-3], "not well-formed"),
    ],
)
def test_unusable_artwork_says_why(data: bytes, words: str) -> None:
    with pytest.raises(BadArtwork) as caught:
        rasterise(data, name="art")
    assert words in caught.value.detail
    assert "art" in caught.value.detail


def test_an_external_reference_is_unsafe() -> None:
    with pytest.raises(UnsafeArtwork, match=r"href of <image> refers to 'https://example\.com/a\.png'"):
        rasterise(svg('<image href="https://example.com/a.png"/>'), name="a")


@pytest.mark.parametrize(
    ("attributes", "shape"),
    [
        ('viewBox="0 0 100 100"', (128, 256, 4)),
        ('viewBox="0,0,100,100" width="5" height="700"', (128, 256, 4)),  # the viewBox decides
        ('width="100" height="100px"', (128, 256, 4)),
        ('width="1in" height="25.4mm"', (133, 256, 4)),  # 96 px: the rect is cut at 96, and stays 50 high
        ('viewBox="-100 -100 1000 1000"', (128, 256, 4)),  # small in its frame: rendered again, near
        ('viewBox="0 0 100000 100000"', (128, 256, 4)),  # smaller than one pixel at first
        ('viewBox="50 25 100 100"', (128, 256, 4)),  # cut by the frame, the rest is half as large
    ],
)
def test_the_artwork_is_trimmed_and_fills_the_side(attributes: str, shape: tuple[int, int, int]) -> None:
    pixels = rasterise(svg(RED, attributes), name="a")
    assert pixels.dtype == np.uint8
    assert np.abs(np.subtract(pixels.shape, shape)).max() <= 1
    assert max(pixels.shape) == SIDE
    assert (pixels[8:-8, 8:-8] == (255, 0, 0, 255)).all()


def test_small_artwork_in_a_large_frame_is_sharp() -> None:
    body = "".join(f'<rect x="{x}" width="1" height="4"/>' for x in (0, 2, 4, 6))
    pixels = rasterise(svg(body, 'viewBox="0 0 2000 2000"'), name="a")
    columns = pixels[pixels.shape[0] // 2, 4:-4, 3]  # four bars with three gaps
    assert ((columns[1:] > 128) != (columns[:-1] > 128)).sum() == 6


def test_percentages_keep_their_meaning_when_rendered_near() -> None:
    pixels = rasterise(svg('<rect width="10%" height="5%"/>', 'viewBox="0 0 1000 1000"'), name="a")
    assert np.abs(np.subtract(pixels.shape, (128, 256, 4))).max() <= 1


@pytest.mark.parametrize("frame", ["0 0 1000000 1", "0 0 1 1000000"])
def test_extreme_shapes_stay_small(frame: str) -> None:
    body = '<rect width="1000000" height="1000000"/><rect width="9000" height="9000" fill="#f00"/>'
    pixels = rasterise(svg(body, f'viewBox="{frame}"'), name="a")
    assert sorted(pixels.shape) == [1, 4, SIDE]


def test_a_drawing_without_the_svg_namespace_is_drawn() -> None:
    assert rasterise(b'<svg viewBox="0 0 8 8"><path d="M0 0h4v2H0z"/></svg>', name="a").shape == (128, 256, 4)


def test_utf_16_is_drawn() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?>' + svg(RED).decode()
    assert rasterise(text.encode("utf-16"), name="a").shape == (128, 256, 4)


def test_hidden_colours_do_not_bleed() -> None:
    pixels = np.zeros((40, 400, 4), np.uint8)
    pixels[..., 1] = 255  # green under every transparent pixel
    pixels[:, ::2] = (0, 0, 255, 255)  # red stripes, one pixel each (BGRA)
    pixels[:, :2], pixels[:, -2:] = (0, 0, 255, 255), (0, 0, 255, 255)
    art = rasterise(png(pixels), name="a")
    shown = art[art[..., 3] > 0]
    assert shown[:, 1].max() == 0
    assert shown[:, 0].min() >= 254


@pytest.mark.parametrize("side", [3, 256, 300, 2500, 4500])
def test_pixels_of_any_size_come_out_the_same(side: int) -> None:
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[: side // 3 * 2, :] = (10, 20, 30, 255)
    art = rasterise(png(pixels), name="a")
    assert np.abs(np.subtract(art.shape, (round(256 * (side // 3 * 2) / side), 256, 4))).max() <= 1
    assert np.abs(art[art.shape[0] // 2].astype(int) - (30, 20, 10, 255)).max() <= 1


def test_a_jpeg_is_opaque_and_whole() -> None:
    halves = np.full((100, 200, 3), 255, np.uint8)
    halves[:, 104:] = 0  # on a border of its blocks, so that nothing rings
    art = rasterise(bytes(cv2.imencode(".jpg", halves)[1].tobytes()), name="a")
    assert art.shape == (128, 256, 4)
    assert (art[:, :130] == 255).all()
    assert (art[:, 136:] == (0, 0, 0, 255)).all()
