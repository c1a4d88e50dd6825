"""Identifiers that sort by the time they were made, so that a page of the newest rows is a range of the key."""

import os
import time


def new_id(prefix: str) -> str:
    """`prefix` + "_" + 32 hex digits: 48 bits of milliseconds since 1970, 80 random bits."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
