"""The child process in which page 1 of a PDF is drawn by PDFium: one PDF a request, see worker.py.

    python -m inference.artwork.pdf_worker SECONDS BYTES     # started by renderer.py, not by people

Drawn on white paper, as it is printed; scripts, forms, comments and attachments are not looked at. Letters whose font
is not in the file are refused: fonts differ between machines, PDFium's own depend on what it drew before, and artwork
must give the same pixels on all.
"""

import sys

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from inference.artwork.worker import serve

Pixels = NDArray[np.uint8]  # (h, w, 3) BGR
Box = tuple[int, int, int, int]  # top, bottom, left, right in pixels, end-exclusive

_CANVAS = 1024  # pixels of the longer side of the first drawing, and of what the artwork is drawn anew at
_ENOUGH = 512  # pixels of artwork from which on it is not drawn anew
_LARGEST = 14_400  # points of a page's side: 5 m, the most that Acrobat makes
_FARTHEST = 100_000  # pixels of the whole page's longer side when a part of it is drawn; PDFium counts in 1/256 pixel
_PAPER = 240  # the least level of a channel that is still paper, white or nearly
_FLAT = 4  # levels that a channel of one flat colour may vary
_RIM = 1 / 32  # of the artwork's longer side: paper left around it, by which others know its ground

_LOCKED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
_ENCRYPTED = "the PDF is encrypted; save it without a password"
_DAMAGED = "the PDF is damaged or has no pages"
_INVISIBLE = raw.FPDF_TEXTRENDERMODE_INVISIBLE  # what was read in a scan, laid over it to be searched


def draw(data: bytes) -> bytes:
    """What is on page 1 of the PDF `data` as a PNG, trimmed to it and a rim of paper; raises ValueError."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        # the code may be left from an earlier file, so the file itself has a say
        raise ValueError(_ENCRYPTED if error.err_code in _LOCKED and b"/Encrypt" in data else _DAMAGED) from error
    try:
        _check_document(document)
        page = _page(document)
        _check_fonts(page)
        return _png(_artwork(page))
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"page 1 of the PDF cannot be drawn: {error}") from error
    finally:
        document.close()  # and with it its page


def _check_document(document: pypdfium2.PdfDocument) -> None:
    if raw.FPDF_GetSecurityHandlerRevision(document) != -1:  # opens without a password, but may not be copied, say
        raise ValueError(_ENCRYPTED)
    if not raw.FPDF_DocumentHasValidCrossReferenceTable(document):  # PDFium then guesses what belongs to it
        raise ValueError("the PDF is damaged: its table of objects is wrong or missing; save it anew")


def _page(document: pypdfium2.PdfDocument) -> pypdfium2.PdfPage:
    page = document[0]
    box = page.get_mediabox(fallback_ok=False)  # None where it is inherited; an empty one becomes Letter when drawn
    width, height = page.get_size()
    if box is not None and (box[0] == box[2] or box[1] == box[3]):
        width, height = box[2] - box[0], box[3] - box[1]
    if not 0 < min(width, height) <= max(width, height) <= _LARGEST:
        given = f"{width:,.6g} x {height:,.6g} points"
        raise ValueError(f"page 1 of the PDF is {given}; each side must be above 0 and at most {_LARGEST:,}")
    return page


def _check_fonts(page: pypdfium2.PdfPage) -> None:
    for letters in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
        font = letters.get_font()
        if not font.is_embedded and raw.FPDFTextObj_GetTextRenderMode(letters) != _INVISIBLE:
            hint = "which is not in the file; turn the letters into outlines, or embed it"
            raise ValueError(f"page 1 of the PDF has letters in the font {font.get_base_name()[:80]!r}, {hint}")


def _artwork(page: pypdfium2.PdfPage) -> Pixels:
    """Draw the page; if the artwork is small on it, draw that part again, larger."""
    scale = _CANVAS / max(page.get_size())
    pixels = _drawn(page, scale, (0, 0, 0, 0))
    if int(np.ptp(pixels, axis=(0, 1)).max()) <= _FLAT:
        colour = "".join(f"{level:02x}" for level in pixels[0, 0, ::-1].tolist())
        raise ValueError(f"page 1 of the PDF is blank: one flat colour all over (#{colour})")
    found = _inked(pixels)
    if found is None:
        raise ValueError("page 1 of the PDF is blank: nothing on it is darker than paper")
    size = max(found[1] - found[0], found[3] - found[2])
    if size < _ENOUGH:
        pixels = _near(page, scale, pixels.shape, found)
        found = _inked(pixels) or (0, pixels.shape[0], 0, pixels.shape[1])
    top, bottom, left, right = found
    return _rimmed(pixels[top:bottom, left:right])


def _near(page: pypdfium2.PdfPage, scale: float, shape: tuple[int, ...], box: Box) -> Pixels:
    """Draw what is in `box` of a first drawing of `shape` (h, w, 3), at most `_CANVAS` pixels large."""
    height, width = shape[:2]
    top, bottom, left, right = max(0, box[0] - 1), min(height, box[1] + 1), max(0, box[2] - 1), min(width, box[3] + 1)
    larger = min(scale * _CANVAS / max(bottom - top, right - left), _FARTHEST / max(page.get_size()))
    return _drawn(page, larger, (left / scale, (height - bottom) / scale, (width - right) / scale, top / scale))


def _drawn(page: pypdfium2.PdfPage, scale: float, crop: tuple[float, float, float, float]) -> Pixels:
    """(h, w, 3) at `scale` pixels a point, without the `crop` (left, bottom, right, top, in points)."""
    bitmap = page.render(scale=scale, crop=crop, may_draw_forms=False, draw_annots=False, fill_color=(255,) * 4)
    try:
        return np.array(bitmap.to_numpy()[..., :3], np.uint8)  # a copy: the bitmap's memory goes with it
    finally:
        bitmap.close()


def _inked(pixels: Pixels) -> Box | None:
    """The box of what is not paper; None if all is."""
    ink = pixels.min(axis=2) < _PAPER  # (h, w)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if len(rows) == 0:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _rimmed(pixels: Pixels) -> Pixels:
    rim = max(1, round(_RIM * max(pixels.shape)))
    border = cv2.copyMakeBorder(pixels, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return np.asarray(border, np.uint8)  # (h + 2 rim, w + 2 rim, 3)


def _png(pixels: Pixels) -> bytes:
    return bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())


if __name__ == "__main__":
    cv2.setNumThreads(1)  # stacks of threads would count as memory
    raw.FPDF_SetSystemFontInfo(None)  # the machine's fonts are not even looked for
    serve(draw, int(sys.argv[1]), int(sys.argv[2]))
