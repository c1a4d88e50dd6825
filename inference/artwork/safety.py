"""An SVG from a stranger, parsed and judged: it may draw, and nothing else.

`safe_svg` returns the parsed tree, never the bytes: the renderer is given the tree written out anew, so what was
checked is what is drawn. Refused are scripts, event handlers, embedded pages, entities and every reference that
leaves the file. Drawings that take too long or too much memory are left to renderer.py.
"""

import base64
import binascii
import re
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from inference.decoding import Limits, sniff
from inference.errors import BadArtwork, BadImage, UnsafeArtwork

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
XHTML_NAMESPACE = "http://www.w3.org/1999/xhtml"
MAX_BYTES = 2 * 2**20
MAX_ELEMENTS = 20_000  # the largest of 10,291 real drawings has about 1,500
MAX_DEPTH = 100

_FORBIDDEN = {"script", "handler", "foreignObject", "iframe", "embed", "object", "audio", "video", "canvas"}
_ANIMATIONS = {"set", "animate", "animateMotion", "animateTransform", "animateColor"}
_REFERENCES = {"href", "src"}  # with any prefix: xlink:href, href, src
_PIXELS = Limits(max_bytes=MAX_BYTES, max_pixels=4_000_000, max_side=4096)  # of one embedded picture
_DATA_URL = re.compile(r"data:image/(?:png|jpe?g);base64,", re.IGNORECASE)
_CSS_URL = re.compile(r"url\s*\(\s*[\"']?\s*([^\"')]*)", re.IGNORECASE)
_CSS_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)


class _NoSubset(DefusedXMLParser):  # type: ignore[misc]  # defusedxml has no types
    """A parser that allows the customary `<!DOCTYPE svg PUBLIC …>`, fetches nothing and refuses declarations."""

    def __init__(self) -> None:
        super().__init__(target=TreeBuilder(), forbid_dtd=True)

    def defused_start_doctype_decl(self, name: str, sysid: str, pubid: str, has_internal_subset: int) -> None:
        if has_internal_subset:
            raise UnsafeArtwork("the SVG declares entities or attributes in its DOCTYPE", limit="no DOCTYPE with [ ]")


def safe_svg(data: bytes, *, name: str) -> Element:
    """Return the root of the SVG in `data`, checked; `name` is used in messages.

    Raises UnsafeArtwork naming the element or attribute, or BadArtwork if it is too large or no SVG at all.
    """
    if len(data) > MAX_BYTES:
        limit = f"at most {MAX_BYTES:,} bytes"
        raise BadArtwork(f"{name} has {len(data):,} bytes; an SVG may have {limit}", field="artwork", limit=limit)
    try:
        root = _parse(data)
        _check_root(root)
        _check_extent(root)
        for element in root.iter():
            _check_element(element)
    except BadArtwork as error:
        limit = f" ({error.limit})" if error.limit else ""
        raise type(error)(f"{name}: {error.detail}{limit}", field="artwork", limit=error.limit) from error
    return root


def _parse(data: bytes) -> Element:
    parser = _NoSubset()
    try:
        parser.feed(data)
        root = parser.close()
    except DefusedXmlException as error:
        raise UnsafeArtwork("the SVG declares an entity", limit="no entities") from error
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding that Python does not know
        raise BadArtwork(f"the SVG is not well-formed XML: {error}") from error
    assert isinstance(root, Element)  # noqa: S101  # TreeBuilder builds elements, or close() raised
    return root


def _check_root(root: Element) -> None:
    if split(root.tag) not in ((SVG_NAMESPACE, "svg"), ("", "svg")):
        raise BadArtwork(f"the root element is <{split(root.tag)[1]}>, expected <svg>")


def _check_extent(root: Element) -> None:
    level, depth, elements = [root], 0, 0
    while level:
        depth, elements = depth + 1, elements + len(level)
        if depth > MAX_DEPTH:
            raise UnsafeArtwork("its elements are nested too deep", limit=f"at most {MAX_DEPTH} deep")
        if elements > MAX_ELEMENTS:
            raise UnsafeArtwork("it has too many elements", limit=f"at most {MAX_ELEMENTS:,} elements")
        level = [child for element in level for child in element]


def split(tag: object) -> tuple[str, str]:
    """Return (namespace, local name) of a tag or attribute name as ElementTree writes it: `{namespace}name`."""
    namespace, _, local = str(tag).rpartition("}")
    return namespace.removeprefix("{"), local


def _check_element(element: Element) -> None:
    namespace, local = split(element.tag)
    if namespace == XHTML_NAMESPACE or local.lower() in {f.lower() for f in _FORBIDDEN}:
        raise UnsafeArtwork(f"the element <{local}> is not allowed")
    for key, value in element.attrib.items():
        _check_attribute(local, *split(key), value)
    if local in _ANIMATIONS:
        target = split(element.get("attributeName", "").replace(":", "}"))[1].lower()
        if target in _REFERENCES or target.startswith("on"):
            raise UnsafeArtwork(f"the element <{local}> may not change the attribute {target}")
    if local == "style":
        _check_css("".join(element.itertext()), "the element <style>")


def _check_attribute(element: str, namespace: str, attribute: str, value: str) -> None:
    where = f"the attribute {attribute} of <{element}>"
    if attribute.lower().startswith("on") and not namespace:
        raise UnsafeArtwork(f"{where} is not allowed: it would run a script")
    if attribute == "base" and namespace == "http://www.w3.org/XML/1998/namespace":
        raise UnsafeArtwork(f"{where} is not allowed: it would turn references outwards")
    if attribute.lower() in _REFERENCES:
        _check_reference(value, where, picture=element == "image")
    else:
        _check_css(value, where)


def _check_reference(value: str, where: str, *, picture: bool = False) -> None:
    value = value.strip()
    if not value or value.startswith("#"):
        return
    found = _DATA_URL.match(value)
    if picture and found:
        _check_picture(value[found.end() :], where)
        return
    allowed = "only #fragments, and in <image> embedded PNG or JPEG pictures, are allowed"
    raise UnsafeArtwork(f"{where} refers to {_short(value)}; {allowed}", limit="no external references")


def _check_picture(encoded: str, where: str) -> None:
    """Check the header of an embedded picture, so that a small file cannot ask for gigabytes."""
    try:
        header = sniff(base64.b64decode(re.sub(r"\s", "", encoded), validate=True), limits=_PIXELS, field=where)
    except (binascii.Error, BadImage) as error:
        raise UnsafeArtwork(f"the picture in {where} cannot be used: {error}") from error
    if header.media_type == "image/webp":
        raise UnsafeArtwork(f"the picture in {where} is a WebP; only PNG and JPEG are allowed")


def _check_css(text: str, where: str) -> None:
    for variant in {text, _CSS_ESCAPE.sub(_unescape, text).replace("\\", "")}:
        if "@import" in variant.lower():
            raise UnsafeArtwork(f"{where} has an @import, which is not allowed", limit="no external references")
        for found in _CSS_URL.finditer(variant):
            _check_reference(found.group(1), f"url() in {where}")


def _unescape(found: re.Match[str]) -> str:
    number = int(found.group(1), 16)
    return chr(number) if 0 < number < 0x110000 else ""


def _short(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:60] + "…")
