"""The champion as a net that can learn on: restored from its bundle, once it is known to be what this code makes."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch

from inference.bundles import CURRENT, Bundle, load_bundle
from inference.errors import BadBundle
from inference.inspector import load_inspector
from inference.proving.preprocessing import check_preprocessing
from inference.verifier import FILE as VERIFIER
from training.export import OPSET
from training.nets.embedding import EmbeddingNet
from training.nets.verification import PartsHead
from training.restore import initializers, restore
from training.retraining.errors import BadChampion


@dataclass(frozen=True, kw_only=True)
class Champion:
    """A champion's embedder: its bundle, its net, and the head of its parts if it has one."""

    bundle: Bundle
    net: EmbeddingNet
    parts: PartsHead | None


def deployed_names(models: Path) -> dict[str, dict[str, str]]:
    """Role -> name and sha256, as current.toml has them. Raises BadChampion."""
    try:
        return tomllib.loads((models / CURRENT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadChampion(f"{models / CURRENT} cannot be read: {error}", field="champion") from error


def champion_bundle(models: Path, role: str) -> Bundle:
    """The bundle of a role, checked: its sha256, its opset, how its pictures are prepared. Raises BadChampion."""
    try:
        bundle = load_bundle(models, role)
    except BadBundle as error:
        raise BadChampion(f"{role}: {error}", field="champion") from error
    check_graph(bundle)
    return bundle


def check_graph(bundle: Bundle) -> None:
    """Raise BadChampion if this code would export another kind of graph than the bundle's."""
    try:
        model = onnx.load_from_string(bundle.model)
    except Exception as error:  # protobuf's own errors have no common root
        raise BadChampion(f"{bundle.name}: model.onnx cannot be read: {error}", field="champion") from error
    opsets = {item.domain or "ai.onnx": item.version for item in model.opset_import}
    if opsets != {"ai.onnx": OPSET}:
        raise BadChampion(f"{bundle.name} has opset {opsets}, expected ai.onnx {OPSET}", field="champion")
    try:
        check_preprocessing(bundle.role, bundle.config, bundle.name)
    except BadBundle as error:
        raise BadChampion(str(error), field="champion") from error


def load_champion(models: Path, role: str) -> Champion:
    """The champion's embedder of a role, ready to learn. Raises BadChampion."""
    bundle = champion_bundle(models, role)
    folder = models / bundle.name
    try:
        net = EmbeddingNet.of(restore(folder)).to(memory_format=torch.channels_last)
        parts = parts_of(bundle) if bundle.config.get("parts") else None
    except (KeyError, ValueError, RuntimeError) as error:
        raise BadChampion(f"{bundle.name}: its net is not the one trained here: {error}", field="champion") from error
    if parts is not None and VERIFIER not in bundle.attachments:
        raise BadChampion(f"{bundle.name} has parts, but no {VERIFIER}", field="champion")
    return Champion(bundle=bundle, net=net, parts=parts)


def parts_of(bundle: Bundle) -> PartsHead:
    """The head that describes places, as the graph has it. Raises KeyError if there is none."""
    values = dict(initializers(onnx.load_from_string(bundle.model).graph))
    head = PartsHead()
    head.load_state_dict(
        {key: torch.from_numpy(values[f"parts.{key}"].copy()) for key in ("project.weight", "project.bias")}
    )
    return head.eval()


def check_loads(models: Path) -> None:
    """Raise BadChampion if no inspector can be made of the bundles."""
    try:
        load_inspector(models, threads=1)
    except BadBundle as error:
        raise BadChampion(str(error), field="champion") from error
