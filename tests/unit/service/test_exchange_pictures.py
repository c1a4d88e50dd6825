"""Pictures in a zip that was spoiled on its way: each is refused by name, whatever the spoiling did to it."""

import zipfile
from pathlib import Path

import pytest

from service.exchange.artwork import MissingPicture, PictureZip
from service.exchange.records import BadExchangeFile

NAME = "artwork/kestrique.svg"


def spoiled(path: Path, compression: int, at: int) -> Path:
    """A zip with one file, some of whose bytes are others."""
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr(NAME, b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 200)
    data = bytearray(path.read_bytes())
    begin = 30 + len(NAME) + at  # behind the file's own header
    data[begin : begin + 8] = b"\xff" * 8
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("at", [0, 4, 20])
def test_a_spoiled_picture_is_named(tmp_path: Path, compression: int, at: int) -> None:
    pictures = PictureZip(spoiled(tmp_path / "pictures.zip", compression, at))
    with pytest.raises(MissingPicture, match=f"'{NAME}' cannot be unpacked"):
        pictures.read(NAME, 1 << 20)
    with pytest.raises(BadExchangeFile, match=f"{NAME} cannot be unpacked"):
        pictures.unpack(NAME, tmp_path / "out")
