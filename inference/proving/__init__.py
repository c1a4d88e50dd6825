"""Model files are hostile until proven: who signed them, what is in them, and what they do when they run.

    proven = prove(Path("candidate/embedder-6"), role="embedder", trusted=[public_key(digits)])
    bundle = proven.bundle()                       # of the very bytes that were proven

First the signature (`signing`), then what bundle.json says (`description`, `preprocessing`), and in a limited child
process the graph as it is written (`wire`, `graph`) and as it runs (`running`). The service loads nothing else.
"""
