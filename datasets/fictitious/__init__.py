"""Draws fictitious marks as SVG: invented names, invented devices, nobody's trademark. Free to show and to publish.

    python -m datasets.fictitious --out datasets/samples --count 48 --seed 7

writes `registry.csv` and `artwork/*.svg`, each mark in colour and in one colour. The same seed draws the same marks.
"""
