"""Each loss against its formula, written again with loops and floats."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from training.losses import detection_loss, overlap, proxy_loss, retrieval_loss


def directions(n: int, d: int, seed: int) -> Tensor:
    return F.normalize(torch.randn(n, d, generator=torch.Generator().manual_seed(seed)), dim=1)


def log_share(row: list[float], index: int) -> float:
    """log of softmax(row)[index]."""
    return row[index] - math.log(sum(math.exp(value) for value in row))


def slow_retrieval(crops: np.ndarray, filed: np.ndarray, owner: list[int], temperature: float) -> float:
    m, n = len(crops), len(filed)
    like = [[float(crops[i] @ filed[j]) / temperature for j in range(n)] for i in range(m)]
    towards_artwork = -sum(log_share(like[i], owner[i]) for i in range(m)) / m
    columns = [[like[i][j] for i in range(m)] for j in range(n)]
    towards_crops = -sum(log_share(columns[owner[i]], i) for i in range(m)) / m
    return towards_artwork + 0.3 * towards_crops


@pytest.mark.parametrize("temperature", [0.07, 1.0])
@pytest.mark.parametrize("owner", [[0, 0, 0, 1, 1, 1, 2, 2, 2], [2, 1, 0], [0], [3, 3, 1]])
def test_retrieval_loss_is_its_formula(owner: list[int], temperature: float) -> None:
    crops, filed = directions(len(owner), 8, 1), directions(4, 8, 2)
    loss = retrieval_loss(crops, filed, torch.tensor(owner), temperature)
    expected = slow_retrieval(crops.double().numpy(), filed.double().numpy(), owner, temperature)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_retrieval_loss_falls_as_crops_come_nearer_to_their_own_artwork() -> None:
    filed, owner = directions(5, 16, 3), torch.arange(5).repeat_interleave(3)
    far = directions(15, 16, 4)
    losses = [
        retrieval_loss(F.normalize(far * (1 - share) + filed[owner] * share, dim=1), filed, owner).item()
        for share in (0.0, 0.3, 0.6, 1.0)
    ]
    assert losses == sorted(losses, reverse=True)
    wrong = retrieval_loss(filed[(owner + 1) % 5], filed, owner).item()
    assert wrong > losses[0]


def slow_proxy(vectors: np.ndarray, proxies: np.ndarray, marks: list[int], holder: list[int], t: float) -> float:
    total = 0.0
    for vector, mark in zip(vectors, marks, strict=True):
        allowed = [k for k in range(len(proxies)) if k == mark or holder[k] != holder[mark]]
        row = [float(vector @ proxies[k]) / float(np.linalg.norm(proxies[k])) / t for k in allowed]
        total -= log_share(row, allowed.index(mark))
    return total / len(vectors)


def test_proxy_loss_is_its_formula_with_siblings_left_out() -> None:
    vectors, proxies = directions(6, 8, 5), directions(5, 8, 6) * torch.tensor([[1.0], [3.0], [0.2], [1.0], [9.0]])
    marks, holder = [0, 1, 2, 3, 4, 0], [7, 7, 8, 7, 9]
    loss = proxy_loss(vectors, proxies, torch.tensor(marks), torch.tensor(holder))
    expected = slow_proxy(vectors.double().numpy(), proxies.double().numpy(), marks, holder, 0.06)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_a_siblings_proxy_has_no_say_and_no_gradient() -> None:
    vectors, proxies = directions(2, 8, 7), directions(4, 8, 8).requires_grad_()
    marks, holder = torch.tensor([0, 0]), torch.tensor([5, 5, 6, 6])
    proxy_loss(vectors, proxies, marks, holder).backward()
    assert proxies.grad is not None
    moved = proxies.grad.norm(dim=1)
    assert moved[1] == 0  # the sibling
    assert (moved[[0, 2, 3]] > 0).all()
    elsewhere = proxies.detach().clone()
    elsewhere[1] = vectors[0]  # as near as can be
    changed = proxy_loss(vectors, elsewhere, marks, holder)
    assert changed.item() == pytest.approx(proxy_loss(vectors, proxies.detach(), marks, holder).item())


def test_a_mark_alone_with_its_siblings_costs_nothing() -> None:
    loss = proxy_loss(directions(3, 4, 9), directions(2, 4, 10), torch.tensor([0, 1, 0]), torch.tensor([1, 1]))
    assert loss.item() == pytest.approx(0.0, abs=1e-6)


def slow_overlap(a: list[float], b: list[float]) -> tuple[float, float]:
    """By counting unit cells of a grid: only for whole numbers."""
    area_a = {(x, y) for x in range(int(a[0]), int(a[2])) for y in range(int(a[1]), int(a[3]))}
    area_b = {(x, y) for x in range(int(b[0]), int(b[2])) for y in range(int(b[1]), int(b[3]))}
    xs, ys = [a[0], a[2], b[0], b[2]], [a[1], a[3], b[1], b[3]]
    hull = (max(xs) - min(xs)) * (max(ys) - min(ys))
    union = len(area_a | area_b)
    iou = len(area_a & area_b) / union
    return iou, iou - (hull - union) / hull


def test_overlap_is_what_counting_cells_gives() -> None:
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 12, (200, 2, 2))
    sizes = rng.integers(1, 10, (200, 2, 2))
    boxes = np.concatenate([corners, corners + sizes], 2).astype(float)  # (200, pair, 4)
    iou, giou = overlap(*(torch.tensor(boxes[:, side], dtype=torch.float32) for side in (0, 1)))
    expected = [slow_overlap(a, b) for a, b in boxes.tolist()]
    np.testing.assert_allclose(iou, [pair[0] for pair in expected], atol=1e-6)
    np.testing.assert_allclose(giou, [pair[1] for pair in expected], atol=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "iou", "giou"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0, 1.0),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0, 0.0),  # side by side: the hull is the union
        ((0, 0, 10, 10), (20, 0, 30, 10), 0.0, -1 / 3),
        ((0, 0, 10, 10), (2, 2, 7, 4), 0.1, 0.1),  # inside
        ((5, 5, 5, 5), (5, 5, 5, 5), 0.0, 0.0),  # nothing at all, and no division by it
        ((0, 0, 1, 1), (999, 999, 1000, 1000), 0.0, -1 + 2e-6),
    ],
)
def test_overlap_by_hand(a: tuple[float, ...], b: tuple[float, ...], iou: float, giou: float) -> None:
    found = overlap(torch.tensor([a], dtype=torch.float32), torch.tensor([b], dtype=torch.float32))
    assert [value.item() for value in found] == pytest.approx([iou, giou], abs=1e-6)


def slow_detection(
    logits: list[float], boxes: list[list[float]], targets: list[list[float]], owned: list[bool]
) -> float:
    focal = boxes_part = 0.0
    for logit, box, target, own in zip(logits, boxes, targets, owned, strict=True):
        iou, giou = slow_overlap(box, target) if own else (0.0, 0.0)
        p = 1 / (1 + math.exp(-logit))
        focal += (iou - p) ** 2 * -(iou * math.log(p) + (1 - iou) * math.log(1 - p))
        boxes_part += (1 - giou) if own else 0.0
    count = max(1, sum(owned))
    return focal / count + 2 * boxes_part / count


@pytest.mark.parametrize("owned", [[True, False, True, False], [False] * 4, [True] * 4])
def test_detection_loss_is_its_formula(owned: list[bool]) -> None:
    logits = [0.3, -4.0, 2.0, 1.0]
    boxes = [[0, 0, 10, 10], [1, 1, 2, 2], [5, 5, 25, 15], [3, 3, 9, 9]]
    targets = [[2, 0, 12, 10], [1, 1, 2, 3], [5, 5, 20, 15], [30, 30, 40, 40]]
    loss = detection_loss(
        torch.tensor([logits[:2], logits[2:]]),
        torch.tensor([boxes[:2], boxes[2:]], dtype=torch.float32),
        torch.tensor([targets[:2], targets[2:]], dtype=torch.float32),
        torch.tensor([owned[:2], owned[2:]]),
    )
    assert loss.item() == pytest.approx(slow_detection(logits, boxes, targets, owned), rel=1e-5)


def test_detection_loss_teaches_unowned_cells_to_be_silent_and_leaves_their_boxes() -> None:
    logits = torch.tensor([[1.0, 1.0]], requires_grad=True)
    boxes = torch.tensor([[[0.0, 0, 8, 8], [0, 0, 8, 8]]], requires_grad=True)
    targets = torch.tensor([[[0.0, 0, 10, 10], [0, 0, 10, 10]]])
    detection_loss(logits, boxes, targets, torch.tensor([[True, False]])).backward()
    assert logits.grad is not None
    assert boxes.grad is not None
    assert logits.grad[0, 1] > 0
    assert (boxes.grad[0, 1] == 0).all()
    assert (boxes.grad[0, 0, 2:] < 0).all()  # grow towards the target


def test_the_quality_asked_for_does_not_push_the_boxes() -> None:
    """Only the overlap's own term may move a box: the quality is a fixed target."""
    gradients = []
    for logit in (-3.0, 3.0):
        boxes = torch.tensor([[[0.0, 0, 8, 8]]], requires_grad=True)
        loss = detection_loss(
            torch.tensor([[logit]]), boxes, torch.tensor([[[0.0, 0, 10, 10]]]), torch.tensor([[True]])
        )
        loss.backward()
        gradients.append(boxes.grad)
    assert gradients[0] is not None
    assert torch.equal(gradients[0], gradients[1])
