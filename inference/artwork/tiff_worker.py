"""The child process in which TIFFs are decoded: one TIFF a request, see worker.py.

    python -m inference.artwork.tiff_worker SECONDS BYTES     # started by renderer.py, not by people

OpenCV gives half a picture without an error where a strip is damaged; libtiff then says so in the log alone. So the
log, which is this process's stderr, is read after each picture. That it can be is one reason for a process of its own.
"""

import contextlib
import os
import re
import sys

import cv2
import numpy as np

from inference.artwork.worker import serve

_MOST_SAID = 32_768  # bytes of log; half of what the pipe holds, so nothing was lost before that
_SAID = re.compile(r"TIFF_(Error|Warning) (.*)")
_DECODERS = ("JPEG", "Fax", "LZW", "PackBits", "ZIP")  # what libtiff calls them: their warnings too are of lost pixels


class Log:
    """The log of this process, kept in a pipe instead of written to stderr."""

    def __init__(self) -> None:
        self._reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)  # full: the rest is lost, nobody waits
        os.dup2(writing, 2)
        os.close(writing)
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_WARNING)  # whatever the environment says

    def complaint(self) -> str | None:
        """What was said since the last call of pixels that could not be decoded; None if nothing was."""
        said = b""
        with contextlib.suppress(BlockingIOError):  # all is read
            while part := os.read(self._reading, _MOST_SAID):
                said += part
        if len(said) > _MOST_SAID:
            return "the decoder complains without end"
        for level, words in _SAID.findall(said.decode("utf-8", "replace")):
            if level == "Error" or words.startswith(_DECODERS):
                return str(words)
        return None


def main(seconds: int, max_memory: int) -> None:
    """Serve until stdin ends."""
    cv2.setNumThreads(1)  # stacks of threads would count as memory
    log = Log()
    serve(lambda data: draw(data, log), seconds, max_memory)


def draw(data: bytes, log: Log) -> bytes:
    """The first page of the TIFF `data` as a PNG of its depth and channels; raises ValueError."""
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        complaint = log.complaint()
        if complaint is not None or pixels is None:
            raise ValueError(f"the TIFF is damaged or incomplete: {complaint or 'it cannot be decoded'}")
        return bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())
    except cv2.error as error:
        raise ValueError(f"the TIFF cannot be decoded: {error.err}") from error


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
