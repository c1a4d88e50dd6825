"""Five formats of others, and our own lines: each written without loss and read whoever wrote it.

Every format keeps the whole record beside what other tools look at. On reading both are compared: what nobody changed
comes back exactly as it was, and what somebody changed in the other tool counts as they left it.
"""
