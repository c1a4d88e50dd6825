"""The benchmark of recognition: how well marks are recognised on annotated photographs, and how peers do on the same.

    python -m training.recognition --set DIR --registry CSV [--clean DIR] [--trunk FILE] [--limit N]

Every picture is looked at once (`observing`), by all competitors; the figures (`measures`, `growth`) are computed from
what was seen. What each figure means stands in docs/benchmarks/recognition.md, whose table `document` writes;
`examples` draws hits and misses on the project's own renderings.
"""
