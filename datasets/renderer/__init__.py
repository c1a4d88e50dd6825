"""The renderer: puts artwork into scenes as a camera would see it on goods and parcels.

`surfaces` makes what a mark is printed on, `inks` how it is printed, `camera` what lens, sensor and file do to it;
`crops` puts them together for the embedder, `scenes` for the detector. Everything is driven by one
`numpy.random.Generator`, so the same seed gives the same pictures. numpy and OpenCV only.
"""
