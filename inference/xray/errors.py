"""What can be wrong with an X-ray scan. Each is told by name: a scan that is read wrongly hides what is in it."""

from inference.errors import BadImage


class BadSidecar(BadImage):
    """The description of the X-ray scan cannot be used."""


class MismatchedEnergies(BadImage):
    """The high and low images are not of one scan."""


class SwappedEnergies(BadImage):
    """The high and low images are swapped."""


class WrongBitDepth(BadImage):
    """The counts do not have the depth they should have."""


class InvertedPolarity(BadImage):
    """The scan is inverted: air is dark in it."""


class WrongAir(BadImage):
    """The scan's air is not what it is said to be."""


class ScanTooSmall(BadImage):
    """The scan has too few pixels to be judged."""


class DeadDetectors(BadImage):
    """Too many detectors of the scanner are dead."""


class Saturated(BadImage):
    """The scan is overexposed."""


class NoPixelData(BadImage):
    """The DICOM file holds no image."""


class CompressedPixels(BadImage):
    """The pixels are compressed in a way that is not decoded."""

    status = 415
