"""JPEG without a file, against OpenCV's."""

import cv2
import numpy as np
import pytest
import torch

from datasets.renderer.batched.jpeg import compressed, cosines


def scene(seed: int, side: int) -> np.ndarray:
    """Smooth colour, an edge and some noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (5, 5, 3), np.uint8)
    picture = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    cv2.circle(picture, (side // 2, side // 2), side // 3, (240, 20, 60), -1, cv2.LINE_AA)
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def by_opencv(picture: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


def by_us(pictures: list[np.ndarray], qualities: list[float]) -> np.ndarray:
    batch = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    return (compressed(batch, torch.tensor(qualities)) * 255).round().permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("side", [112, 64, 32, 50, 9, 1])
def test_it_is_close_to_what_opencv_does(side: int) -> None:
    qualities = [5, 25, 40, 50, 75, 95, 100]
    pictures = [scene(seed, side) for seed in range(len(qualities))]
    ours = by_us(pictures, [float(quality) for quality in qualities])
    for picture, quality, found in zip(pictures, qualities, ours, strict=True):
        theirs = by_opencv(picture, quality).astype(float)
        off, lost = np.abs(found - theirs).mean(), np.abs(theirs - picture).mean()
        assert off < (0.25 if side > 16 else 0.35) * lost + 0.5, (quality, off, lost)


def test_worse_quality_loses_more() -> None:
    picture = scene(1, 64)
    lost = [np.abs(found - picture).mean() for found in by_us([picture] * 5, [95.0, 75.0, 50.0, 25.0, 5.0])]
    assert lost == sorted(lost)


def test_cosines_are_orthonormal_and_the_first_is_the_mean() -> None:
    matrix = cosines(torch.device("cpu"))
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(64), atol=1e-6, rtol=0)
    torch.testing.assert_close(matrix[0], torch.full((64,), 1 / 8))
