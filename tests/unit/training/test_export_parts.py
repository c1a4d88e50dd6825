"""Rows with parts, and the verifier: what is served is what was trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from inference.engine import OrtSession
from inference.verifier import FILE, Verifier
from training.export_parts import NUMBERS, RowsNet, ServedVerifier, export_verifier, pairs, parts_head
from training.nets.embedding import EmbeddingNet
from training.nets.verification import PARTS, PLACES, PartsHead, VerificationNet


def saved(seed: int = 1) -> dict[str, object]:
    torch.manual_seed(seed)
    net = VerificationNet()
    torch.nn.init.normal_(net.last.weight, std=3.0)  # at birth it adds nothing
    return {"net": net.state_dict(), "parts": PartsHead().state_dict(), "step": 1}


def test_rows_are_vectors_and_then_parts_of_length_one() -> None:
    net = EmbeddingNet(dimension=16)
    pictures = torch.randint(0, 255, (2, 112, 112, 3), dtype=torch.uint8)
    rows = RowsNet(net, parts_head(saved()))(pictures)
    assert rows.shape == (2, 16 + NUMBERS)
    torch.testing.assert_close(rows[:, :16], net(pictures))
    torch.testing.assert_close(rows[:, 16:].reshape(2, PLACES, PARTS).norm(dim=2), torch.ones(2, PLACES))


def test_a_new_verifier_adds_nothing() -> None:
    added = ServedVerifier(VerificationNet())(pairs(4, 0))
    torch.testing.assert_close(added, torch.zeros(4))


def test_the_exported_verifier_says_what_torch_says(tmp_path: Path) -> None:
    state = saved()
    attachments = export_verifier(state, tmp_path)
    assert set(attachments) == {FILE}
    net = VerificationNet()
    net.load_state_dict(state["net"])  # type: ignore[arg-type]
    given = pairs(5, 9)
    with torch.no_grad():
        crops, filed = (given[:, n * NUMBERS : (n + 1) * NUMBERS].reshape(-1, PLACES, PARTS) for n in (0, 1))
        expected = net(crops, filed, given[:, -1]) / net.steepness - given[:, -1]
    session = OrtSession((tmp_path / FILE).read_bytes(), varied=True)
    np.testing.assert_allclose(session.run(given.numpy())[0], expected.numpy(), atol=1e-4)
    assert float(expected.abs().max()) > 0.01
    Verifier(session, parts=NUMBERS)


def test_the_order_of_places_counts() -> None:
    torch.manual_seed(0)
    net = VerificationNet()
    torch.nn.init.normal_(net.last.weight, std=3.0)
    given = pairs(1, 3)
    crops = given[:, :NUMBERS].reshape(1, PLACES, PARTS)
    with torch.no_grad():
        same, turned = (net(seen, crops, torch.ones(1)) for seen in (crops, crops.flip(1)))
    assert abs(float(same - turned)) > 1e-3


def test_centred_parts_of_the_mean_are_nothing() -> None:
    head = PartsHead(8)
    mean = torch.rand(8)
    head.centre(mean)
    flat = mean[None, :, None, None].expand(1, 8, 7, 7)
    assert float(head.project(flat).detach().abs().max()) < 1e-5


def test_another_state_is_refused() -> None:
    with pytest.raises(RuntimeError, match="Missing key"):
        parts_head({"parts": {}})
