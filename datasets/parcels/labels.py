"""Labels that bear text and barcodes, but no mark: what must not be found."""

import cv2
import numpy as np
from numpy.random import Generator

from datasets.parcels.sheets import Sheet, Tint
from datasets.renderer.badges import FONTS

DARK: Tint = (26.0, 26.0, 30.0)
WHITE: Tint = (240.0, 240.0, 236.0)
SYLLABLES = (
    "bel",
    "dor",
    "fen",
    "gar",
    "hol",
    "lin",
    "mar",
    "nor",
    "os",
    "pel",
    "quin",
    "ros",
    "sel",
    "tam",
    "ul",
    "wes",
)
ENDINGS = ("ton", "ford", "wick", "by", "den", "mere", "ley", "sted")


def word(rng: Generator) -> str:
    """A place or a person that does not exist."""
    return "".join((*rng.choice(SYLLABLES, 2), *rng.choice(ENDINGS, 1))).capitalize()


def write(sheet: Sheet, text: str, x: float, y: float, height: float, tint: Tint = DARK, font: int = FONTS[1]) -> None:
    """Write one line: (x, y) is the lower left corner and `height` that of capitals, in centimetres."""
    size = height * sheet.density / 21.0  # a capital of OpenCV's fonts is 21 pixels high
    mask = np.zeros(sheet.alpha.shape, np.uint8)
    place = (round(x * sheet.density), round(y * sheet.density))
    cv2.putText(mask, text, place, font, size, 255, max(1, round(size * 2.0)), cv2.LINE_AA)
    alpha = mask.astype(np.float32) / 255
    sheet.cover(alpha[..., None] * np.array(tint, np.float32), alpha)


def bar(sheet: Sheet, x: float, y: float, width: float, height: float, tint: Tint = DARK) -> None:
    """Fill a rectangle, measured in centimetres."""
    mask = np.zeros(sheet.alpha.shape, np.uint8)
    a = np.round(np.array([x, y]) * sheet.density * 8).astype(int).tolist()
    b = np.round(np.array([x + width, y + height]) * sheet.density * 8).astype(int).tolist()
    cv2.rectangle(mask, a, b, 255, -1, cv2.LINE_AA, 3)
    alpha = mask.astype(np.float32) / 255
    sheet.cover(alpha[..., None] * np.array(tint, np.float32), alpha)


def barcode(rng: Generator, sheet: Sheet, x: float, y: float, width: float, height: float) -> None:
    """Bars of one to four units."""
    unit = width / 110
    mask = np.zeros(sheet.alpha.shape[1], np.uint8)
    left = x
    while left < x + width - 4 * unit:
        thick = unit * int(rng.integers(1, 5))
        mask[
            round(left * sheet.density) : max(round(left * sheet.density) + 1, round((left + thick) * sheet.density))
        ] = 1
        left += thick + unit * int(rng.integers(1, 4))
    rows = np.zeros(sheet.alpha.shape[0], np.float32)
    rows[round(y * sheet.density) : round((y + height) * sheet.density)] = 1
    alpha = rows[:, None] * mask[None].astype(np.float32)
    sheet.cover(alpha[..., None] * np.array(DARK, np.float32), alpha)


def matrix_code(rng: Generator, sheet: Sheet, x: float, y: float, side: float) -> None:
    """A square of random cells with a solid edge at the left and below."""
    cells = rng.integers(0, 2, (18, 18)).astype(np.float32)
    cells[:, 0] = cells[-1] = 1
    at, reach = (round(x * sheet.density), round(y * sheet.density)), max(4, round(side * sheet.density))
    alpha = np.zeros(sheet.alpha.shape, np.float32)
    part = alpha[at[1] : at[1] + reach, at[0] : at[0] + reach]
    part[:] = cv2.resize(cells, part.shape[::-1], interpolation=cv2.INTER_NEAREST)
    sheet.cover(alpha[..., None] * np.array(DARK, np.float32), alpha)


def address_label(rng: Generator, density: float, width: float = 10.0) -> Sheet:
    """A shipping label, half as high again as wide."""
    height = width * 1.5
    sheet = Sheet.plain(width, height, density, WHITE)
    k = width / 10
    digits = "".join(str(d) for d in rng.integers(0, 10, 12))
    write(sheet, f"FROM  {word(rng)} Ltd", 0.5 * k, 0.9 * k, 0.26 * k)
    write(sheet, f"{int(rng.integers(1, 90))} {word(rng)} Road, {word(rng)}", 0.5 * k, 1.5 * k, 0.26 * k)
    bar(sheet, 0.3 * k, 1.95 * k, 9.4 * k, 0.07 * k)
    write(sheet, "TO", 0.5 * k, 2.7 * k, 0.3 * k)
    for i, text in enumerate(
        (word(rng), f"{int(rng.integers(1, 200))} {word(rng)} Street", f"{digits[:5]} {word(rng)}")
    ):
        write(sheet, text, 1.7 * k, (2.8 + 0.8 * i) * k, 0.42 * k)
    bar(sheet, 0.3 * k, 5.0 * k, 9.4 * k, 0.07 * k)
    matrix_code(rng, sheet, 0.6 * k, 5.4 * k, 2.6 * k)
    write(sheet, digits[:3], 4.2 * k, 7.6 * k, 1.3 * k)
    bar(sheet, 0.3 * k, 8.4 * k, 9.4 * k, 0.07 * k)
    barcode(rng, sheet, 0.8 * k, 9.0 * k, 8.4 * k, 3.4 * k)
    write(sheet, f"{digits[:4]} {digits[4:8]} {digits[8:]}", 1.7 * k, 13.2 * k, 0.42 * k)
    bar(sheet, 0.3 * k, 13.7 * k, 9.4 * k, 0.07 * k)
    write(sheet, f"{int(rng.integers(1, 9))}.{int(rng.integers(10, 99))} kg    1 of 1", 0.5 * k, 14.5 * k, 0.32 * k)
    return sheet


def goods_label(rng: Generator, density: float, width: float = 7.0) -> Sheet:
    """A small sticker: two lines of text over a barcode."""
    sheet = Sheet.plain(width, width * 0.62, density, WHITE)
    k = width / 7
    write(sheet, f"{word(rng)} {int(rng.integers(10, 99))}", 0.4 * k, 0.8 * k, 0.36 * k)
    write(sheet, f"Lot {int(rng.integers(1000, 9999))}  Qty {int(rng.integers(1, 50))}", 0.4 * k, 1.4 * k, 0.26 * k)
    barcode(rng, sheet, 0.5 * k, 1.75 * k, 6 * k, 1.7 * k)
    write(sheet, "".join(str(d) for d in rng.integers(0, 10, 13)), 1.3 * k, 4.0 * k, 0.32 * k)
    return sheet


def warning_label(density: float, text: str, tint: Tint, width: float = 12.0) -> Sheet:
    """A coloured strip with one word in capitals."""
    sheet = Sheet.plain(width, width * 0.3, density, tint)
    bar(sheet, width * 0.02, width * 0.03, width * 0.96, width * 0.015, WHITE)
    bar(sheet, width * 0.02, width * 0.255, width * 0.96, width * 0.015, WHITE)
    height = width * 0.11
    write(sheet, text, (width - 0.98 * height * len(text)) / 2, width * 0.205, height, WHITE)
    return sheet
