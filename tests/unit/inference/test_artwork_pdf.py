"""PDF artwork: files made to hang, exhaust or mislead a renderer first, then what is drawn of page 1."""

import hashlib
import struct
import time
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.artwork.pdf import draw_pdf
from inference.artwork.rasterise import LIMITS, rasterise
from inference.artwork.renderer import Renderer
from inference.decoding import decode
from inference.errors import BadArtwork, TidewaiterError, UnsupportedImage

RED = b"1 0 0 rg 100 100 200 100 re f"
A4 = "/MediaBox [0 0 595 842]"
X = "/Resources << /XObject << /X 5 0 R >> >>"


def stream(body: bytes, keys: str = "") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (keys.encode(), len(body), body)


def pdf(
    content: bytes = RED, page: str = "", more: Sequence[bytes] = (), *, box: str = A4, catalog: str = "", end: str = ""
) -> bytes:
    """A PDF by hand: `page`, `catalog` and `end` are keys of those dictionaries, `more` are objects from 5 on."""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {box} /Contents 4 0 R {page} >>".encode(),
        stream(content),
    ]
    return written([*objects, *more], end)


def written(objects: Sequence[bytes], end: str = "") -> bytes:
    out, starts = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        starts.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(starts) + 1, b"".join(starts))
    trailer = f"trailer\n<< /Size {len(starts) + 1} /Root 1 0 R {end} >>\nstartxref\n{len(out)}\n%%EOF\n"
    return bytes(out + table + trailer.encode())


def form(content: str, uses: int | None = None) -> bytes:
    """A form XObject; `uses` is the number of the object that it calls X."""
    resources = f"/Resources << /XObject << /X {uses} 0 R >> >>" if uses else ""
    return stream(content.encode(), f"/Type /XObject /Subtype /Form /BBox [0 0 600 900] {resources}")


def image(width: int, height: int, body: bytes) -> bytes:
    keys = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 8 /ColorSpace /DeviceRGB"
    return stream(body, keys + " /Filter /FlateDecode")


LAUGHS = [form("/X Do " * 20, 6 + level) for level in range(9)] + [form("0 0 9 9 re f")]  # 20^9 squares
LOCK = b"<< /Filter /Standard /V 1 /R 2 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> /P -4 >>"
INFLATES = zlib.compress(b" " * 2_000_000_000, 1)
SHADES = (
    "/Resources << /Shading << /S << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 600 900] "
    "/Function << /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [0 0 1] /N 1 >> >> >> >>"
)
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")  # of passwords


def rc4(key: bytes, text: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in text:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


@pytest.fixture
def drawer() -> Iterator[Renderer]:
    drawer = Renderer(worker="inference.artwork.pdf_worker", seconds=1)
    yield drawer
    drawer.close()


def refused(data: bytes) -> str:
    with pytest.raises(BadArtwork) as caught:
        rasterise(data, name="art.pdf")
    assert "art.pdf" in caught.value.detail
    return caught.value.detail


EXHAUSTING = {
    "forms in forms": pdf(b"/X Do", X, LAUGHS),
    "two gigabytes of content": pdf(more=[stream(INFLATES, "/Filter /FlateDecode")]).replace(b"nts 4 0", b"nts 5 0"),
    "a million dashes": pdf(b"[0.05 0.05] 0 d 9 w " + b"0 0 m 600 900 l S " * 2000),
    "shades over shades": pdf(b"/S sh " * 5000, SHADES),
}


@pytest.mark.parametrize("data", EXHAUSTING.values(), ids=EXHAUSTING)
def test_what_exhausts_the_renderer_is_refused_and_the_next_is_drawn(drawer: Renderer, data: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(BadArtwork, match=r"art\.pdf cannot be rendered: it (needs more memory|takes longer) than 1"):
        draw_pdf(data, limits=LIMITS, name="art.pdf", drawer=drawer)
    assert time.monotonic() - started < 10
    assert draw_pdf(pdf(), limits=LIMITS, name="next", drawer=drawer).shape[2] == 4


def test_a_circle_of_forms_ends() -> None:
    data = pdf(b"0 0 90 90 re f /X Do", X, [form("/X Do 90 0 90 90 re f", 5)])
    assert max(rasterise(data, name="a").shape) == 256


def test_forms_nested_deeper_than_any_drawing_end() -> None:
    deep = [form("/X Do", 6 + level) for level in range(3000)] + [form("0 0 9 9 re f")]
    assert max(rasterise(pdf(RED + b" /X Do", X, deep), name="a").shape) == 256


def test_scripts_are_not_run() -> None:
    script = "/OpenAction << /S /JavaScript /JS (while \\(true\\) { app.alert\\(1\\) }) >>"
    started = time.monotonic()
    np.testing.assert_array_equal(rasterise(pdf(catalog=script), name="a"), rasterise(pdf(), name="a"))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pdf(box="/MediaBox [0 0 1000000000 1000000000]"), "is 1e+09 x 1e+09 points; each side must be above 0 and"),
        (pdf(box="/MediaBox [0 0 14401 9]"), "is 14,401 x 9 points; each side must be above 0 and at most 14,400"),
        (pdf(box="/MediaBox [0 0 0 0]"), "page 1 of the PDF is 0 x 0 points"),
        (pdf(box="/MediaBox [0 0 0 90]"), "page 1 of the PDF is 0 x 90 points"),
        (pdf(end="/Encrypt 5 0 R /ID [<00> <00>]", more=[LOCK]), "the PDF is encrypted; save it without a password"),
        (pdf(end="/Encrypt 5 0 R", more=[b"<< /Filter /Own >>"]), "the PDF is encrypted; save it without a password"),
        (
            written([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]),
            "damaged or has no pages",
        ),
        (pdf().replace(b"/Kids [3 0 R]", b"/Kids [9 0 R]"), "page 1 of the PDF cannot be drawn"),
        (pdf().replace(b"0000000009", b"0000000010"), "its table of objects is wrong or missing"),
        (pdf().replace(b"startxref\n", b"startxref\n9"), "its table of objects is wrong or missing"),
        (pdf(b""), "page 1 of the PDF is blank: one flat colour all over (#ffffff)"),
        (pdf(b"1 0 0 rg 0 0 600 900 re f"), "page 1 of the PDF is blank: one flat colour all over (#ff0000)"),
        (pdf(b"0.97 g 0 0 90 90 re f"), "page 1 of the PDF is blank: nothing on it is darker than paper"),
        (b"%PDF-", "is incomplete: a PDF ends with %%EOF"),
        (b"%PDF-1.7\n%%EOF", "the PDF is damaged or has no pages"),
        (b"%PDF-1.7\n" + np.random.default_rng(1).bytes(9000) + b"%%EOF", "the PDF is damaged or has no pages"),
        (pdf()[:200] + b"\n%%EOF", "the PDF is damaged or has no pages"),
        (pdf() + bytes(LIMITS.max_bytes), "bytes; at most 16,777,216 bytes are allowed"),
    ],
)
def test_an_unusable_pdf_says_why(data: bytes, words: str) -> None:
    assert words in refused(data)


def test_every_truncation_is_an_error() -> None:
    data = pdf()
    for length in range(5, data.rindex(b"%%EOF") + 4):
        assert "a PDF ends with %%EOF, this one without" in refused(data[:length])


def test_a_pdf_that_opens_without_a_password_but_is_locked_is_refused() -> None:
    """As the standard has it (ISO 32000-1, 7.6.3): the empty user password opens it, the owner's allows the rest."""
    owner, identity = bytes(32), b"id"
    key = hashlib.md5(PADDING + owner + struct.pack("<i", -4) + identity, usedforsecurity=False).digest()[:5]
    lock = f"<< /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{rc4(key, PADDING).hex()}> /P -4 >>".encode()
    end = f"/Encrypt 5 0 R /ID [<{identity.hex()}> <{identity.hex()}>]"
    assert "the PDF is encrypted" in refused(pdf(end=end, more=[lock]))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_change_is_a_picture_or_a_named_error(draw: st.DataObject) -> None:
    data = bytearray(pdf())
    for at in draw.draw(st.lists(st.integers(5, len(data) - 1), min_size=1, max_size=6)):
        data[at] = draw.draw(st.integers(0, 255))
    try:
        assert max(rasterise(bytes(data), name="a").shape) == 256
    except TidewaiterError as error:
        assert error.detail  # noqa: PT017  # either is fine, nothing else is


@pytest.mark.parametrize(
    ("content", "page"),
    [
        (RED, ""),
        (RED, "/CropBox [50 50 400 400]"),
        (b"q 0.01 0 0 0.01 0 0 cm " + RED + b" Q", ""),  # two points on A4: drawn again, near
        (b"q 1.9 0 0 2.9 0 0 cm " + RED.replace(b"100 100 200 100", b"10 10 290 221") + b" Q", ""),
    ],
    ids=["on A4", "in a crop box", "tiny", "filling the page"],
)
def test_the_paper_is_trimmed_but_for_a_rim(content: bytes, page: str) -> None:
    art = rasterise(pdf(content, page), name="a")
    height, width = art.shape[:2]
    assert width == 256 or height == 256
    assert (art[..., 3] == 255).all()
    red = (art == (255, 0, 0, 255)).all(axis=2)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    for first, last, length in ((rows[0], rows[-1], height), (columns[0], columns[-1], width)):
        assert 4 <= first <= 10  # a thirty-second of the longer side
        assert 4 <= length - 1 - last <= 10
    assert red[rows[0] : rows[-1], columns[0] : columns[-1]].all()
    assert (art[:3] == 255).all()


def test_tiny_artwork_is_as_sharp_as_large() -> None:
    bars = b"".join(b"%d 100 4 40 re f " % x for x in (100, 108, 116, 124))
    art = rasterise(pdf(b"q 0.05 0 0 0.05 0 0 cm " + bars + b" Q"), name="a")
    row = art[art.shape[0] // 2, :, 0] < 128  # four bars with three gaps
    assert (row[1:] != row[:-1]).sum() == 8


def test_artwork_on_a_coloured_page_keeps_its_ground() -> None:
    art = rasterise(pdf(b"0 0 1 rg 0 0 595 842 re f 1 g 200 300 100 100 re f"), name="a")
    height, width = art.shape[:2]
    assert abs(width / height - 595 / 842) < 0.02
    assert art[20, 20].tolist() == [0, 0, 255, 255]


def test_the_page_is_turned_as_it_says() -> None:
    assert rasterise(pdf(), name="a").shape[1] == 256
    assert rasterise(pdf(page="/Rotate 90"), name="a").shape[0] == 256


def test_only_page_1_is_drawn() -> None:
    kids = [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents %d 0 R >>" % at for at in (5, 6)]
    pages = b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>"
    both = [stream(b"0 1 0 rg 9 9 50 50 re f"), stream(RED)]
    art = rasterise(written([b"<< /Type /Catalog /Pages 2 0 R >>", pages, *kids, *both]), name="a")
    assert art[128, 128].tolist() == [0, 255, 0, 255]


def test_a_picture_in_a_pdf_is_drawn() -> None:
    body = zlib.compress(bytes([0, 128, 0] * 8))
    art = rasterise(pdf(b"q 100 0 0 50 50 50 cm /X Do Q", X, [image(4, 2, body)]), name="a")
    assert art[art.shape[0] // 2, 128].tolist() == [0, 128, 0, 255]


def test_a_picture_that_says_it_is_huge_is_not_made_room_for() -> None:
    huge = image(60_000, 60_000, zlib.compress(bytes(10**6)))
    assert max(rasterise(pdf(RED + b" q 9 0 0 9 0 0 cm /X Do Q", X, [huge]), name="a").shape) == 256


def test_comments_on_the_artwork_are_not_drawn() -> None:
    note = b"<< /Type /Annot /Subtype /Square /Rect [400 400 500 500] /C [0 0 0] /AP << /N 6 0 R >> >>"
    data = pdf(RED, "/Annots [5 0 R]", [note, form("0 0 600 900 re f")])
    np.testing.assert_array_equal(rasterise(data, name="a"), rasterise(pdf(), name="a"))


TYPE_3 = (  # a font that is in the file by its nature: its letter `a` is a drawing
    b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [0.1 0 0 0.1 0 0] /FirstChar 97 /LastChar 97 "
    b"/Widths [10] /Encoding << /Type /Encoding /Differences [97 /a] >> /CharProcs << /a 6 0 R >> >>"
)


def lettered(font: bytes, mode: int = 0, more: Sequence[bytes] = ()) -> bytes:
    content = b"BT %d Tr /F 90 Tf 50 400 Td (aa) Tj ET " % mode + (RED if mode == 3 else b"")
    return pdf(content, "/Resources << /Font << /F 5 0 R >> >>", [font, *more])


def test_letters_whose_font_is_not_in_the_file_are_refused() -> None:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    assert "page 1 of the PDF has letters in the font 'Helvetica', which is not in the file" in refused(lettered(font))
    np.testing.assert_array_equal(rasterise(lettered(font, 3), name="a"), rasterise(pdf(), name="a"))  # invisible


def test_letters_whose_font_is_in_the_file_are_drawn() -> None:
    art = rasterise(lettered(TYPE_3, more=[stream(b"10 0 0 0 9 9 d1 0 0 9 9 re f")]), name="a")
    row = art[art.shape[0] // 2, :, 0] < 128  # two squares with a gap
    assert (row[1:] != row[:-1]).sum() == 4


def test_a_photograph_may_not_be_a_pdf() -> None:
    with pytest.raises(UnsupportedImage, match="a PDF; only JPEG, PNG and WebP"):
        decode(pdf())
