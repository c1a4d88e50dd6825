"""What an SVG may not do, each with the element or attribute named in the answer; and what harmless files contain."""

import base64

import cv2
import numpy as np
import pytest

from inference.artwork.safety import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, safe_svg
from inference.errors import BadArtwork, UnsafeArtwork

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'


def svg(body: str) -> bytes:
    return f"{OPEN}{body}</svg>".encode()


def picture(extension: str, side: int = 4) -> str:
    return base64.b64encode(cv2.imencode(extension, np.zeros((side, side, 3), np.uint8))[1].tobytes()).decode()


UNSAFE = {
    "script": ("<script>alert(1)</script>", "<script>"),
    "script in another case": ("<SCRIPT/>", "<SCRIPT>"),
    "script without namespace": ('<script xmlns=""/>', "<script>"),
    "foreign object": ("<foreignObject><p/></foreignObject>", "<foreignObject>"),
    "html": ('<b xmlns="http://www.w3.org/1999/xhtml"/>', "<b>"),
    "event": ('<path onclick="x()"/>', "onclick of <path>"),
    "event in another case": ('<path OnLoad="x()"/>', "OnLoad of <path>"),
    "external image": ('<image href="https://example.com/a.png"/>', "href of <image>"),
    "external use": ('<use xlink:href="other.svg#a"/>', "href of <use>"),
    "local file": ('<image href="file:///etc/passwd"/>', "file:///etc/passwd"),
    "protocol-relative": ('<image href="//example.com/a"/>', "href of <image>"),
    "link": ('<a href="https://example.com"><path/></a>', "href of <a>"),
    "script link": ('<a href=" javascript:x()"/>', "javascript:x()"),
    "src": ('<image src="a.png"/>', "src of <image>"),
    "svg in a data url": ('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', "href of <image>"),
    "picture in use": (f'<use href="data:image/png;base64,{picture(".png")}"/>', "href of <use>"),
    "junk picture": ('<image href="data:image/png;base64,AAAA"/>', "cannot be used"),
    "bad base64": ('<image href="data:image/png;base64,?"/>', "cannot be used"),
    "webp picture": (f'<image href="data:image/png;base64,{picture(".webp")}"/>', "WebP"),
    "huge picture": (f'<image href="data:image/png;base64,{picture(".png", 4097)}"/>', "pixels"),
    "fill": ('<path fill="url(https://example.com/a)"/>', "fill of <path>"),
    "quoted fill": ("<path fill=\"URL( 'a.svg#b' )\"/>", "fill of <path>"),
    "style attribute": ('<path style="fill:red;mask:url(a.svg#m)"/>', "style of <path>"),
    "style element": ("<style>a{fill:url(http://example.com/)}</style>", "<style>"),
    "import": ('<style>@IMPORT "a.css";</style>', "@import"),
    "import in cdata": ("<style><![CDATA[@import 'a.css';]]></style>", "@import"),
    "escaped import": ("<style>@\\69mport 'a.css';</style>", "@import"),
    "escaped url": ("<style>a{fill:\\75 rl(http://example.com/)}</style>", "example.com"),
    "xml:base": ('<g xml:base="https://example.com/"/>', "base of <g>"),
    "animated reference": ('<set attributeName="xlink:href" to="https://example.com"/>', "<set>"),
    "animated event": ('<animate attributeName="onclick" to="x()"/>', "<animate>"),
    "too deep": ("<g>" * MAX_DEPTH + "</g>" * MAX_DEPTH, f"at most {MAX_DEPTH} deep"),
    "too many": ("<g/>" * MAX_ELEMENTS, f"at most {MAX_ELEMENTS:,} elements"),
}


@pytest.mark.parametrize(("body", "words"), UNSAFE.values(), ids=UNSAFE)
def test_what_is_not_drawing_is_refused_by_name(body: str, words: str) -> None:
    with pytest.raises(UnsafeArtwork) as caught:
        safe_svg(svg(body), name="logo.svg")
    assert words in caught.value.detail
    assert caught.value.detail.startswith("logo.svg: ")
    assert caught.value.field == "artwork"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE svg [<!ENTITY a "aaa">]>',
        '<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>',
        '<!DOCTYPE svg [<!ATTLIST svg onload CDATA "x()">]>',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://example.com/a.dtd" []>',
    ],
)
def test_declarations_in_a_doctype_are_refused(declaration: str) -> None:
    with pytest.raises(UnsafeArtwork, match="DOCTYPE"):
        safe_svg(declaration.encode() + svg("<path/>"), name="a")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<", "not well-formed"),
        (b"<svg>", "not well-formed"),
        (b"<svg>&nbsp;</svg>", "not well-formed"),
        (b"<svg xlink:href='#a'/>", "unbound prefix"),
        (b"<?xml version='1.0' encoding='klingon'?><svg/>", "not well-formed"),
        (b"<svg>\xff</svg>", "not well-formed"),
        (b"<html/>", "<html>, expected <svg>"),
        (b"<svg xmlns='urn:else'/>", "expected <svg>"),
        (b"<svg>" + b" " * MAX_BYTES + b"</svg>", "at most 2,097,152 bytes"),
    ],
)
def test_what_is_no_svg_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadArtwork) as caught:
        safe_svg(data, name="a")
    assert words in caught.value.detail


HARMLESS = {
    "doctype": b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    + svg(""),
    "no namespace": b"<svg viewBox='0 0 1 1'><path/></svg>",
    "utf-16": f'<?xml version="1.0" encoding="utf-16"?>{OPEN}</svg>'.encode("utf-16"),
    "latin-1": b'<?xml version="1.0" encoding="latin-1"?>' + svg("<title>\u00e9</title>").decode().encode("latin-1"),
    "stylesheet link": b'<?xml-stylesheet href="https://example.com/a.css"?>' + svg(""),  # not in the tree: never drawn
    "style": svg("<style>.a{fill:#f00} /* url */ .b{fill:url( '#g' )}</style><path class='a'/>"),
    "fragments": svg('<path id="p" fill="url(#g)"/><use xlink:href="#p"/><use href="#p"/>'),
    "empty href": svg('<use href=""/>'),
    "editor": svg('<n:namedview xmlns:n="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" n:onedge="1"/>'),
    "png": svg(f'<image href="data:image/png;base64,{picture(".png")}"/>'),
    "jpeg on two lines": svg(f'<image xlink:href="data:image/jpeg;base64,\n{picture(".jpg")}"/>'),
    "animation": svg('<animate attributeName="opacity" to="0"/>'),
    "deep": svg("<g>" * (MAX_DEPTH - 1) + "</g>" * (MAX_DEPTH - 1)),
}


@pytest.mark.parametrize("data", HARMLESS.values(), ids=HARMLESS)
def test_harmless_drawings_pass(data: bytes) -> None:
    assert str(safe_svg(data, name="a").tag).endswith("svg")
