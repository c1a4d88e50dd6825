"""Renders sample photographs of parcels, as the camera of an inspection station takes them, with fictitious marks.

    python -m datasets.parcels --registry datasets/samples/registry.csv --out datasets/samples/parcels --seed 7

writes the photographs, `expected.json` (file -> right holders on it) and `annotations.json` (an evaluation set).
`stage` is the camera and its light, `sheets` what is flat and printed on, `solids` and `softs` the things made of
sheets, `goods` what parcels contain, `photographs` the pictures. World coordinates are centimetres: x to the right,
y away from the camera, z up.
"""
