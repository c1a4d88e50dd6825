"""Registered artwork to pixels: SVG, PNG, JPEG, WebP, TIFF or PDF to (h, w, 4) RGBA, its longer side 256 pixels.

Transparent margins are trimmed. Of a PDF it is page 1 on white paper, whose margin is trimmed but for a narrow rim: a
logo on an A4 page would otherwise be tiny. A TIFF of several pages and an animated PNG or WebP are refused, because it
would be a guess which picture is the mark; so is a picture of one flat colour all over, because nothing is on it. A
shape of one colour on transparency is fine.

Text in an SVG is not drawn: fonts differ between machines, and artwork must give the same pixels on all. Turn text
into outlines before it is registered. Letters of a PDF come in the fonts that are in it.
"""

import re
from copy import deepcopy
from xml.etree.ElementTree import Element, register_namespace, tostring

import cv2
import numpy as np
from numpy.typing import NDArray

from inference import headers
from inference.artwork.pdf import draw_pdf, is_pdf
from inference.artwork.renderer import Renderer
from inference.artwork.safety import SVG_NAMESPACE, safe_svg, split
from inference.artwork.tiff import decode_tiff, is_tiff
from inference.decoding import Limits, decode_with_alpha
from inference.errors import BadArtwork, BadImage, UnsupportedImage

Rgba = NDArray[np.uint8]  # (h, w, 4), straight alpha

SIDE = 256  # pixels of the longer side
LIMITS = Limits(max_bytes=16 * 2**20, max_pixels=25_000_000)  # of artwork that is no SVG

_CANVAS = 512  # pixels of the longer side of the first rendering: twice SIDE, so that resizing averages
_ZOOMS = 3  # renderings after the first; each shows a hundred times more detail than the one before, if need be
_FLAT = 4  # levels that each channel of an opaque picture may vary and still show nothing
_VISIBLE = 8  # alpha above which a pixel belongs to the artwork
_FAR = 1e9  # units; beyond it the renderer's numbers lose their precision
_LENGTH = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(px|pt|pc|mm|cm|in|)\s*", re.IGNORECASE)
_PIXELS_PER_UNIT = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}

register_namespace("", SVG_NAMESPACE)
register_namespace("xlink", "http://www.w3.org/1999/xlink")

_RENDERER = Renderer()  # starts nothing until the first SVG

Box = tuple[float, float, float, float]  # x, y, width, height in the drawing's own units


def rasterise(data: bytes, *, name: str) -> Rgba:
    """Return the artwork in `data` as (h, w, 4) uint8 RGBA, trimmed to its alpha, max(h, w) = 256.

    `name` is used in messages. Raises UnsafeArtwork (see safety.py) or BadArtwork.
    """
    pixels, (top, bottom, left, right) = _drawn(data, name)
    return _resize(pixels[top:bottom, left:right])


def check_artwork(data: bytes, *, name: str) -> None:
    """Raise what `rasterise` would raise, in less time: nothing is resized."""
    _drawn(data, name)


def _drawn(data: bytes, name: str) -> tuple[Rgba, tuple[int, int, int, int]]:
    """Return all pixels, and (top, bottom, left, right) of what is visible."""
    if not data:
        raise BadArtwork(f"{name} is empty: 0 bytes", field="artwork")
    pixels = _render(data, name) if _is_svg(data) else _decode(data, name)
    visible = _visible(pixels)
    if visible is None:
        hint = "; text must be turned into outlines" if b"<text" in data and _is_svg(data) else ""
        raise BadArtwork(f"{name} shows nothing: every pixel of it is transparent{hint}", field="artwork")
    _refuse_flat(pixels, name)
    return pixels, visible


def _refuse_flat(pixels: Rgba, name: str) -> None:
    """Raise BadArtwork if an opaque picture has one colour all over; damage that JPEG does to it is allowed for."""
    darkest, lightest = pixels.min(axis=(0, 1)), pixels.max(axis=(0, 1))  # (4,)
    if darkest[3] == 255 and int((lightest - darkest).max()) <= _FLAT:
        colour = "".join(f"{level:02x}" for level in darkest[:3].tolist())
        raise BadArtwork(f"{name} is blank: it is one flat colour all over (#{colour})", field="artwork")


def _is_svg(data: bytes) -> bool:
    start = data[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")  # also UTF-16, with or without mark
    return start.startswith(b"<")


def _decode(data: bytes, name: str) -> Rgba:
    try:
        if is_tiff(data):
            return decode_tiff(data, limits=LIMITS, name=name)
        if is_pdf(data):
            return draw_pdf(data, limits=LIMITS, name=name)
        pixels = decode_with_alpha(data, limits=LIMITS, field=name)
        _refuse_animated(data, name)
    except BadImage as error:
        # a limit on what is not supported lists the types, of which those for photographs are only some
        more = isinstance(error, UnsupportedImage) and error.limit is not None
        detail = f"{error.detail} (artwork may also be an SVG, a TIFF or a PDF)" if more else error.detail
        limit = f"{error.limit}, image/svg+xml, image/tiff, application/pdf" if more else error.limit
        raise BadArtwork(detail, field="artwork", limit=limit) from error
    return pixels


def _refuse_animated(data: bytes, name: str) -> None:
    """Raise BadArtwork if `data`, which was decoded, is an animated PNG; animated WebPs are never decoded."""
    frames = headers.png_frames(data) if data.startswith(headers.PNG_SIGNATURE) else 0
    if frames:
        detail = f"{name} cannot be decoded: the PNG is animated ({frames:,} frames); only still images are accepted"
        raise BadArtwork(detail, field="artwork")


def _render(data: bytes, name: str) -> Rgba:
    """Render; while the artwork fills less than half of its canvas, render again only the part where it is."""
    root = _in_svg_namespace(safe_svg(data, name=name))
    frame = part = _frame(root, name)
    root.set("viewBox", " ".join(f"{v:.9g}" for v in frame))
    root.set("preserveAspectRatio", "none")  # the canvas has the frame's shape but for rounding
    pixels = _draw(root, frame, name)
    for _ in range(_ZOOMS):
        visible = _visible(pixels)
        if visible is None or max(visible[1] - visible[0], visible[3] - visible[2]) >= SIDE:
            break
        top, bottom, left, right = visible
        part = _part(part, pixels.shape[:2], (top - 1, bottom + 1, left - 1, right + 1))
        pixels = _draw(_window(root, frame, part), part, name)
    return pixels


def _in_svg_namespace(root: Element) -> Element:
    """Return `root` with its bare elements in the SVG namespace, which some drawings forget to declare."""
    if split(root.tag)[0] == SVG_NAMESPACE:
        return root
    for element in root.iter():
        if "}" not in str(element.tag):
            element.tag = f"{{{SVG_NAMESPACE}}}{element.tag}"
    return root


def _frame(root: Element, name: str) -> Box:
    """Return the part of the drawing's plane that is its picture: the viewBox, or else width and height."""
    numbers = [_length(number) for number in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
    sizes = [0.0, 0.0, _length(root.get("width", "")), _length(root.get("height", ""))]
    for x, y, width, height in (box for box in (numbers, sizes) if len(box) == 4):
        if 0 < width < _FAR and 0 < height < _FAR and abs(x) < _FAR and abs(y) < _FAR:
            return x, y, width, height
    given = ", ".join(f"{key}={root.get(key)!r}" for key in ("viewBox", "width", "height"))
    detail = f"{name} has no usable size ({given}); give it a viewBox with a positive width and height"
    raise BadArtwork(detail, field="artwork")


def _length(text: str) -> float:
    """Return a length in pixels; nan for one that is missing, relative or senseless."""
    found = _LENGTH.fullmatch(text)
    return float(found.group(1)) * _PIXELS_PER_UNIT[found.group(2).lower()] if found else float("nan")


def _part(frame: Box, shape: tuple[int, ...], pixels: tuple[int, int, int, int]) -> Box:
    """Return the box of `pixels` (top, bottom, left, right) in the drawing's units."""
    top, bottom, left, right = pixels
    x, y, width, height = frame
    per_x, per_y = width / shape[1], height / shape[0]  # units per pixel
    return x + left * per_x, y + top * per_y, (right - left) * per_x, (bottom - top) * per_y


def _window(root: Element, frame: Box, part: Box) -> Element:
    """Return a drawing that shows only `part` of `root`; percentages inside keep their meaning."""
    inner = deepcopy(root)
    for key, value in zip(("x", "y", "width", "height"), frame, strict=True):
        inner.set(key, f"{value:.9g}")
    window = Element(root.tag, {"viewBox": " ".join(f"{v:.9g}" for v in part), "preserveAspectRatio": "none"})
    window.append(inner)
    return window


def _draw(root: Element, frame: Box, name: str) -> Rgba:
    """Return `root` rendered with its longer side `_CANVAS` pixels and its shorter side at least 1."""
    scale = _CANVAS / max(frame[2:])
    for key, length in (("width", frame[2]), ("height", frame[3])):
        root.set(key, str(max(1, round(length * scale))))
    return decode_with_alpha(_RENDERER.render(tostring(root, encoding="unicode"), name=name), field=name)


def _visible(pixels: Rgba) -> tuple[int, int, int, int] | None:
    """Return (top, bottom, left, right) of what is not transparent, end-exclusive; None if nothing is."""
    shown = pixels[..., 3] > _VISIBLE  # (h, w)
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if len(rows) == 0:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _resize(pixels: Rgba) -> Rgba:
    """Return `pixels` with its longer side SIDE; colours are weighted by alpha, so no fringe of hidden colour."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    # Reduced in whole steps first: a 25-megapixel picture would otherwise be held as floats
    step = max(1, max(height, width) // (8 * SIDE))
    weighted = _premultiplied(pixels, step)  # (h/step, w/step, 4)
    resized = np.asarray(cv2.resize(weighted, size, interpolation=how), np.float32)  # (h', w', 4)
    alpha = resized[..., 3:]
    resized[..., :3] *= np.float32(255.0) / np.maximum(alpha, np.float32(1e-3))
    return np.clip(np.rint(resized), 0, 255).astype(np.uint8)


def _premultiplied(pixels: Rgba, step: int) -> NDArray[np.float32]:
    """Return `pixels` as float32 with colours times alpha / 255, each step x step block averaged."""
    height, width = pixels.shape[:2]
    rows = []
    for top in range(0, height, 64 * step):
        block = pixels[top : top + 64 * step].astype(np.float32)
        block[..., :3] *= block[..., 3:] / 255.0
        size = (max(1, width // step), max(1, len(block) // step))
        rows.append(cv2.resize(block, size, interpolation=cv2.INTER_AREA) if step > 1 else block)
    return np.concatenate(rows)
