"""The runtime behind a small protocol, and ONNX Runtime behind it."""

import os
from typing import Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray


class Session(Protocol):
    """Something that runs one network: a batch of pictures in, named arrays out."""

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Run on (n, h, w, 3) uint8 RGB; return the network's outputs in the order of its graph."""


class OrtSession:
    """ONNX Runtime on the CPU: one network, loaded from bytes that `bundles` has verified.

    `threads` is the number of cores one run may use. Spinning is off: other workers share the cores. Memory is not
    kept from run to run (70 MB less, no slower), nor planned ahead where the shapes of the input are `varied`.
    """

    def __init__(self, model: bytes, *, threads: int | None = None, varied: bool = False) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or min(2, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = not varied
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    @property
    def metadata(self) -> dict[str, str]:
        """What the graph says of itself."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, pictures: NDArray[np.uint8] | NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """See `Session.run`; pictures in the type and shape that the graph takes."""
        outputs: list[NDArray[np.float32]] = self._session.run(None, {self._input: pictures})
        return outputs
