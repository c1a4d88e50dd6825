"""Draw the parameters of n crops by chance, and render them: see the package's docstring."""

from collections.abc import Mapping

import torch
from torch import Tensor

from datasets.renderer.batched import badge, clutter, geometry, grain, ground, inks, lens, light, relief
from datasets.renderer.batched import resolution as file
from datasets.renderer.batched.bank import ArtworkBatch, Banks
from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.parameters import Parameters
from datasets.renderer.batched.placing import placed
from datasets.renderer.batched.taking import composed, photographed

AT_ONCE = 32  # samples on a CPU: more no longer fit into its cache, fewer leave too little for each stage

CHANCES: Mapping[str, float] = {
    "weight": 0.2,
    "mounted": 0.32,
    "labelled": 0.4,
    "busy": 0.55,
    "clutter": 0.3,
    "crumple": 0.28,
    "cylinder": 0.08,
    "foil": 0.06,
    "bleed": 0.05,
    "thread": 0.05,
    "halftone": 0.03,
    "translucent": 0.3,
    "shadow": 0.12,
    "emboss": 0.1,
    "moulded": 0.05,
    "grain": 0.35,
    "shading": 0.6,
    "mottle": 0.25,
    "folds": 0.12,
    "glare": 0.16,
    "tone": 1.0,
    "cover": 0.12,
    "defocus": 0.15,
    "motion": 0.13,
    "size": 0.6,
    "noise": 0.4,
    "jpeg": 0.8,
}  # how often each stage is on


def draw(generator: torch.Generator, n: int, chances: Mapping[str, float] = CHANCES) -> Parameters:
    """Parameters of n samples, on the CPU; they depend on the generator's state alone.

    chances: how often a stage is on, in place of `CHANCES`; raises KeyError for a stage that there is not.
    """
    unknown = chances.keys() - CHANCES.keys()
    if unknown:
        raise KeyError(f"no stages called {sorted(unknown)}; there are {sorted(CHANCES)}")
    on, dice = {**CHANCES, **chances}, Dice(generator, n)
    return Parameters(
        stages={
            "inks": inks.draw(dice) | {"translucent": 1 - dice.strength(on["translucent"], 0, 0.4)},
            "weight": inks.draw_weight(dice, on["weight"]),
            "badge": badge.draw(dice, on["mounted"], on["labelled"]),
            "view": geometry.draw(dice),
            "ground": ground.draw(dice, on["busy"]),
            "clutter": clutter.draw(dice, on["clutter"]),
            "crumple": geometry.draw_crumple(dice, on["crumple"]),
            "cylinder": geometry.draw_cylinder(dice, on["cylinder"]),
            "foil": relief.draw_foil(dice, on["foil"]),
            "bleed": grain.draw_bleed(dice, on["bleed"]),
            "thread": grain.draw_thread(dice, on["thread"]),
            "halftone": grain.draw_halftone(dice, on["halftone"]),
            "shadow": light.draw_shadow(dice, on["shadow"]),
            "emboss": relief.draw_emboss(dice, on["emboss"]),
            "moulded": relief.draw_moulded(dice, on["moulded"]),
            "grain": grain.draw(dice, on["grain"]),
            "shading": light.draw_shading(dice, on["shading"]),
            "mottle": light.draw_mottle(dice, on["mottle"]),
            "folds": light.draw_folds(dice, on["folds"]),
            "glare": light.draw_glare(dice, on["glare"]),
            "tone": lens.draw_tone(dice, on["tone"]),
            "cover": lens.draw_cover(dice, on["cover"]),
            "defocus": lens.draw_defocus(dice, on["defocus"]),
            "motion": lens.draw_motion(dice, on["motion"]),
            "size": file.draw_size(dice, on["size"]),
            "noise": file.draw_noise(dice, on["noise"]),
            "jpeg": file.draw_jpeg(dice, on["jpeg"]),
        }
    )


@torch.no_grad()
def render(parameters: Parameters, artwork: ArtworkBatch, banks: Banks, side: int) -> Tensor:
    """Pictures (n, side, side, 3) uint8 on the parameters' device, where artwork and banks must be, too.

    A pure function: the same parameters, artwork and banks give the same pictures. Raises ValueError if there are not
    as many artworks as samples.
    """
    if len(artwork) != len(parameters):
        raise ValueError(f"{len(parameters)} samples need as many artworks, but there are {len(artwork)}")
    if parameters.device.type != "cpu" or len(parameters) <= AT_ONCE:
        return _rendered(parameters, artwork, banks, side)
    parts = torch.split(torch.arange(len(parameters)), AT_ONCE)
    return torch.cat([_rendered(parameters.rows(rows), artwork.rows(rows), banks, side) for rows in parts])


def _rendered(parameters: Parameters, artwork: ArtworkBatch, banks: Banks, side: int) -> Tensor:
    prints = inks.printed(artwork, parameters.stages["inks"], parameters.stages["weight"])
    scene, layer = placed(parameters, artwork, prints, banks, side)
    picture = composed(parameters, scene, layer, banks.textures)
    picture = photographed(parameters, picture, banks.textures)
    return picture.mul_(255).add_(0.5).clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()
