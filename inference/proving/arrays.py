"""Attachments in NumPy's format: the header exactly as NumPy writes it, judged before anything is allocated.

NumPy's own reader evaluates the header and believes its shape; here it is a pattern, and the shape must fit the bytes.
"""

import re

from inference.cohort import Cohort, read_cohort
from inference.errors import BadBundle
from inference.ordinary import Ordinary
from inference.proving.limits import Limits

KINDS: dict[str, type[Cohort]] = {kind.file: kind for kind in (Cohort, Ordinary)}
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(rb"\{'descr': '([^']{1,8})', 'fortran_order': (False|True), 'shape': \(([0-9, ]{0,60})\), \} *\n")
_BYTES = {b"<f2": 2, b"|i1": 1}  # of a number


def check_array(name: str, data: bytes, *, dimension: int, limits: Limits) -> int:
    """How many rows the attachment `name` has. Raises BadBundle if it is not such vectors, or too many."""
    size = int.from_bytes(data[8:10], "little")
    found = _HEADER.fullmatch(data[10 : 10 + size]) if data[:8] == _MAGIC else None
    if found is None:
        raise BadBundle("it has not the header of an array in NumPy's format 1.0")
    kind, fortran, written = found.groups()
    if kind in (b"|O", b"O"):
        raise BadBundle("it keeps Python objects (pickled), which are never read")
    if kind not in _BYTES or fortran == b"True":
        raise BadBundle(f"it is of type {kind.decode('ascii', 'replace')}, expected float16 or int8 in rows")
    shape = [int(number) for number in written.replace(b" ", b"").split(b",") if number]
    if len(shape) != 2 or shape[1] != dimension or not 1 <= shape[0] <= limits.rows:
        raise BadBundle(f"its shape is {tuple(shape)}, expected (n, {dimension}) with n in 1..{limits.rows:,}")
    expected, actual = shape[0] * shape[1] * _BYTES[kind], len(data) - 10 - size
    if actual != expected:
        raise BadBundle(f"it has {actual:,} bytes of numbers, expected {expected:,} for {tuple(shape)}")
    read_cohort(data, KINDS[name], dimension=dimension)  # also false for NaN, and for rows that are not of length 1
    return shape[0]
