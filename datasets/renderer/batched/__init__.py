"""The renderer for many crops at once: torch on a CPU or a GPU, the data engine of the embedder's training.

`parameters = draw(generator, n)` throws the dice for n crops, `render(parameters, artwork, banks, side)` makes the
pictures: a pure function, so a sample can be drawn again from its parameters. A stage costs only for the rows that it
is on for. The numpy and OpenCV renderer beside this room stays for the detector's scenes.
"""
