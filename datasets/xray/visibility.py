"""Could anybody see it? How much a mark's relief stands out of the noise that photons make where it lies."""

import numpy as np

from datasets.xray.placing import Belt, Laid
from datasets.xray.scanners import Response
from datasets.xray.scanning import transmitted


def contrast_to_noise(response: Response, belt: Belt, mark: Laid) -> float:
    """Deviation of the attenuation that the mark's relief causes, by that of the noise of one pixel, in its box.

    Of the better of both energies, before blur and scatter. Under about 1 a drawing of this size is hardly followed
    (Rose, Journal of the Optical Society of America 38 (1948) 196, asks for 3 to 5 over the area of a detail).
    """
    x, y = mark.corner
    h, w = mark.relief.shape
    left, top, right, bottom = np.round(mark.box - [x, y, x, y]).astype(int)
    inside = (slice(max(top, 0), min(bottom, h)), slice(max(left, 0), min(right, w)))
    maps = {name: own[y : y + h, x : x + w][inside] for name, own in belt.maps.items()}
    shape = mark.relief[inside].shape
    if 0 in shape:
        return 0.0
    without = dict(maps)
    without[mark.material] = np.maximum(maps[mark.material] - mark.relief[inside], 0)
    seen, plain = transmitted(response, maps, shape), transmitted(response, without, shape)
    relief = np.log(np.maximum(plain.signal, 1e-9) / np.maximum(seen.signal, 1e-9))  # (2, h, w)
    noise = np.sqrt(seen.variance) / np.maximum(seen.signal, 1e-9)
    return float((relief.std((1, 2)) / np.maximum(noise.mean((1, 2)), 1e-9)).max())
