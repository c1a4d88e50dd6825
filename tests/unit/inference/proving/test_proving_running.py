"""Graphs as they run: what they give of blank and other pictures, small and large, and twice the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from inference.errors import BadBundle
from inference.proving import running
from inference.proving.limits import Limits
from inference.proving.running import run_model, run_verifier
from tests import toy_models as toy

CONFIG = {"side": 160}
MODELS = Path(__file__).parents[4] / "models"


class Fake:
    """A session that gives, run by run, what it is told; at last always the same."""

    def __init__(self, *runs: list[Any]) -> None:
        self.runs: Iterator[list[Any]] = iter(runs)
        self.last: list[Any] = []

    def run(self, _given: Any) -> list[Any]:
        self.last = next(self.runs, self.last)
        return [np.array(output, np.float32) for output in self.last]


def given(monkeypatch: pytest.MonkeyPatch, *runs: list[Any]) -> None:
    fake = Fake(*runs)
    monkeypatch.setattr(running, "OrtSession", lambda *_args, **_options: fake)


BOX = [[1.0, 1.0, 9.0, 9.0]]


def test_the_toys_run_on_all_sizes() -> None:
    figures = run_model("detector", CONFIG, toy.model(toy.detector()).SerializeToString())
    sizes = {f"run_1x{h}x{w}x3_ms" for h in (128, 160) for w in (128, 160)}
    assert set(figures) == {"load_ms", *sizes}
    figures = run_model("embedder", toy.CONFIGS["embedder"], toy.model(toy.embedder()).SerializeToString())
    assert set(figures) == {"load_ms", "run_1x32x32x3_ms", "run_8x32x32x3_ms"}


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ([[], [0.5]], r"makes boxes \(0,\) and scores \(1,\)"),
        ([BOX, [[0.5]]], r"makes boxes \(1, 4\) and scores \(1, 1\)"),
        ([BOX * 301, [0.5] * 301], r"makes boxes \(301, 4\) .* with m at most 300"),
        ([BOX, [1.5]], "scores that are not in 0..1, best first"),
        ([BOX * 2, [0.2, 0.9]], "scores that are not in 0..1, best first"),
        ([BOX, [np.nan]], "of 1x128x128x3 it makes numbers that are not finite float32"),
        ([[[9.0, 1.0, 1.0, 9.0]], [0.5]], r"the box \[9.0, 1.0, 1.0, 9.0\], which is no box in it"),
        ([[[-200.0, 1.0, 1.0, 9.0]], [0.5]], r"the box \[-200.0, 1.0, 1.0, 9.0\], which is no box in it"),
    ],
)
def test_what_a_detector_may_not_give(monkeypatch: pytest.MonkeyPatch, outputs: list[Any], words: str) -> None:
    given(monkeypatch, outputs)
    with pytest.raises(BadBundle, match=words):
        run_model("detector", CONFIG, b"")


def test_a_detector_may_see_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, [np.zeros((0, 4)), []])
    assert "load_ms" in run_model("detector", CONFIG, b"")


def test_a_net_that_says_now_this_now_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, [BOX, [0.5]], [BOX, [0.51]])
    with pytest.raises(BadBundle, match="of the same 1x128x128x3 it makes other numbers when it is run again"):
        run_model("detector", CONFIG, b"")


def test_an_embedder_gives_a_row_for_each_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, [np.eye(8)[:1]])
    with pytest.raises(BadBundle, match=r"of 8 pictures it makes vectors \(1, 8\), expected \(8, 8\)"):
        run_model("embedder", toy.CONFIGS["embedder"], b"")


def test_the_length_of_parts_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    config = toy.CONFIGS["embedder"] | {"parts": 2}
    one = np.array([[1.0, 0, 0, 0, 0, 0, 0, 0, 7, 7]])
    eight = one.repeat(8, 0)
    given(monkeypatch, *[[one]] * 4, [eight])
    assert "run_8x32x32x3_ms" in run_model("embedder", config, b"")
    given(monkeypatch, [one * 2])
    with pytest.raises(BadBundle, match="its vectors have lengths 2 to 2, expected 1"):
        run_model("embedder", config, b"")


def test_a_verifier_gives_a_number_for_each_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    data = (MODELS / "embedder-5" / "verifier.onnx").read_bytes()
    assert set(run_verifier(1568, data)) == {"load_ms", "run_1x3137_ms", "run_80x3137_ms"}
    with pytest.raises(BadBundle, match="ONNX Runtime refuses it when it runs on 1x201: "):
        run_verifier(100, data)
    given(monkeypatch, [[[0.5]]])
    with pytest.raises(BadBundle, match=r"of 1 pairs it makes \(1, 1\), expected \(1,\)"):
        run_verifier(4, b"")


def test_what_the_runtime_says_is_cut_and_on_one_line() -> None:
    node = helper.make_node("Gemm", ["x" * 5000, "y"], ["boxes_in"])
    with pytest.raises(BadBundle, match="^ONNX Runtime refuses it when it loads: ") as caught:
        run_model("detector", CONFIG, toy.model(toy.detector([node])).SerializeToString())
    assert len(caught.value.detail) < 400
    assert "\n" not in caught.value.detail


def test_limits_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="limits must be above 0, got nodes 0, memory -1"):
        Limits(nodes=0, memory=-1)
