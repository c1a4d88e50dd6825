"""From a ground and a print to a photograph: how the ink lies, the light on it, the camera, the file."""

from functools import partial

import torch
from torch import Tensor

from datasets.renderer.batched import grain, lens, light, relief
from datasets.renderer.batched import resolution as file
from datasets.renderer.batched.parameters import Parameters, Values
from datasets.renderer.batched.rows import where_on


def composed(parameters: Parameters, scene: Tensor, layer: Tensor, textures: Tensor) -> Tensor:
    """Prints (n, 4, h, w) on grounds (n, 3, h, w): (n, 3, h, w)."""
    stages = parameters.stages
    layer = where_on(stages["bleed"], layer, partial(grain.bled, textures))
    layer = where_on(stages["thread"], layer, partial(grain.stitched, textures))
    layer = where_on(stages["foil"], layer, relief.foiled)
    scene = where_on(stages["shadow"], scene, light.shadowed, layer[:, 3:])
    scene = where_on(stages["moulded"], scene, relief.lightable)
    blind = stages["moulded"]["strength"] != 0
    opacity = torch.where(blind, 0.0, stages["inks"]["translucent"])[:, None, None, None]
    picture = scene * (1 - layer[:, 3:] * opacity)
    picture = picture.addcmul_(layer[:, :3], opacity)
    for stage in ("emboss", "moulded"):
        picture = where_on(stages[stage], picture, embossed, layer)
    picture = where_on(stages["halftone"], picture, grain.screened)
    return where_on(stages["grain"], picture, partial(grain.grained, textures))


def embossed(picture: Tensor, layer: Tensor, values: Values) -> Tensor:
    """Light pictures (n, 3, h, w) as if the print (n, 4, h, w) on them had a height."""
    return relief.lit(picture, relief.height_of(layer), values)


def photographed(parameters: Parameters, picture: Tensor, textures: Tensor) -> Tensor:
    """Light, exposure, what covers it, blur, resolution and file: pictures (n, 3, h, w) 0..1 in and out."""
    stages = parameters.stages
    picture = where_on(stages["shading"], picture, light.shaded)
    picture = where_on(stages["mottle"], picture, light.mottled)
    picture = where_on(stages["folds"], picture, light.folded)
    picture = where_on(stages["glare"], picture, light.glaring)
    picture = where_on(stages["tone"], picture, lens.toned)
    picture = where_on(stages["cover"], picture, lens.covered)
    picture = where_on(stages["defocus"], picture, lens.defocused)
    picture = where_on(stages["motion"], picture, lens.moved)
    return file.shot(picture, stages["size"], stages["noise"], stages["jpeg"], textures)
