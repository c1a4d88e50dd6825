"""Who takes part: the variants of the deployed inspector, the peers, and why one stays away."""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.progress import Progress

from inference.artwork.embedding import ArtworkEmbedder
from inference.artwork.filling import fill_gallery
from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import rasterise
from inference.artwork.table import ArtworkRow
from inference.embedder import Embedder
from inference.gallery import Gallery
from inference.inspector import Inspector
from training.peers.filed import filed
from training.peers.sift import Sift
from training.peers.sift_index import remembered_index
from training.recognition.growth import random_registries
from training.recognition.kinds import Kind, kind_of
from training.recognition.observing import Competitor, Searching, Variant
from training.recognition.records import IMAGENET, INSIDE, SIFT, UNREAD, UNVERIFIED
from training.recognition.variants import copied, has, reading_inside

VARIANTS: dict[str, tuple[str, Variant]] = {  # competitor -> the part that it has otherwise, and how
    UNREAD: ("reader", lambda inspector: copied(inspector, reader=None)),
    UNVERIFIED: ("verifier", lambda inspector: copied(inspector, verifier=None, fitter=None)),
    INSIDE: ("reader", reading_inside),
}


class Chosen(Protocol):
    """What the command line says about who takes part."""

    cache: Path
    trunk: Path | None
    threads: int
    draws: int
    marks: int


@dataclass(frozen=True, kw_only=True)
class Field:
    """Everybody who takes part."""

    variants: Mapping[str, Variant]
    peers: Mapping[str, Competitor]
    sift: Sift
    small: Sequence[Inspector]  # the deployed one, with random small registries
    absent: Mapping[str, str]  # competitor -> why it does not take part


def gathered(inspector: Inspector, rows: Sequence[ArtworkRow], chosen: Chosen, progress: Progress) -> Field:
    """Prepare all competitors for the registry that `rows` describe; `inspector` has it in its gallery."""
    variants = {name: varied for name, (part, varied) in VARIANTS.items() if has(inspector, part)}
    absent = {name: f"the inspector has no {part}" for name, (part, _) in VARIANTS.items() if name not in variants}
    sift = sift_peer(rows, chosen.cache, progress)
    peers: dict[str, Competitor] = {SIFT: sift}
    try:
        peers[IMAGENET] = imagenet_peer(inspector, rows, chosen, progress)
    except (ValueError, OSError) as error:
        absent[IMAGENET] = str(error)
    small = small_inspectors(inspector, rows, chosen, progress)
    return Field(variants=variants, peers=peers, sift=sift, small=small, absent=absent)


def small_inspectors(
    inspector: Inspector, rows: Sequence[ArtworkRow], chosen: Chosen, progress: Progress
) -> list[Inspector]:
    """The inspector with each of the random registries instead of the whole one."""
    drawn = random_registries(rows, marks=chosen.marks, draws=chosen.draws)
    artwork = ArtworkEmbedder.remembering(inspector.embedder, chosen.cache)
    made = []
    for own in progress.track(drawn, description="random registries"):
        gallery = Gallery(inspector.embedder.dimension, inspector.embedder.parts)
        fill_gallery(own, gallery, artwork)
        made.append(copied(inspector, gallery=gallery))
    return made


def sift_peer(rows: Sequence[ArtworkRow], cache: Path, progress: Progress) -> Sift:
    """SIFT over all artwork, its features remembered."""
    bar = progress.add_task("SIFT of the artwork", total=len(rows))
    index = remembered_index(rows, RasterCache(cache, rasterise), cache, lambda: progress.advance(bar))
    progress.update(bar, description="SIFT search trees", completed=len(rows))
    return Sift(index)


def imagenet_peer(inspector: Inspector, rows: Sequence[ArtworkRow], chosen: Chosen, progress: Progress) -> Competitor:
    """The inspector with the untuned trunk for its net, and nothing else to go by.

    Raises ValueError, or OSError, that says why there is none.
    """
    if chosen.trunk is None:
        raise ValueError("no trunk was given (--trunk FILE)")
    if not chosen.trunk.is_file():
        raise ValueError(f"the trunk {chosen.trunk.name} is not there")
    if importlib.util.find_spec("torch") is None:
        raise ValueError("torch is not installed (uv sync --group train)")
    from training.peers.imagenet import load_imagenet  # noqa: PLC0415 - needs torch, which the others do without

    embedder: Embedder = load_imagenet(chosen.trunk, side=inspector.embedder.side, threads=chosen.threads)
    gallery = Gallery(embedder.dimension)
    bar = progress.add_task("ImageNet trunk on the artwork", total=len(rows))
    artwork = ArtworkEmbedder.remembering(embedder, chosen.cache)
    fill_gallery(rows, gallery, artwork, lambda done, _all: progress.update(bar, completed=done))
    alone = copied(inspector, embedder=embedder, gallery=gallery, reader=None, verifier=None, fitter=None)
    return Searching(alone)


def kinds_of(
    holders: Sequence[str], rows: Sequence[ArtworkRow], inspector: Inspector, cache: Path, progress: Progress
) -> dict[str, Kind]:
    """Word or figurative, for each of the right holders; empty if there is no reader to tell."""
    if inspector.reader is None:
        return {}
    rasters, kinds = RasterCache(cache, rasterise), {}
    for holder in progress.track(holders, description="word or figurative"):
        own = [artwork for artwork in filed([row for row in rows if row.holder == holder], rasters) if artwork]
        kinds[holder] = kind_of(((artwork.row.title, artwork.picture) for artwork in own), inspector.reader)
    return kinds
