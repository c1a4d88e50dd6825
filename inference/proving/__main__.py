"""Prove a bundle and say what was found: `python -m inference.proving BUNDLE --public-key HEX [--role ROLE]`.

The exit status is 0 for a bundle that may be served, 1 for one that is refused; the reason is on stderr.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from inference.errors import TidewaiterError
from inference.proving.description import ROLES
from inference.proving.keys import public_key
from inference.proving.prove import prove
from inference.proving.signing import VerifiedBundle


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m inference.proving", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, help="its folder")
    parser.add_argument("--public-key", action="append", required=True, metavar="HEX", help="trusted; may be repeated")
    parser.add_argument("--role", choices=ROLES, help="that it must have")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        trusted = [public_key(digits) for digits in options.public_key]
        proven = prove(options.bundle, role=options.role, trusted=trusted)
    except TidewaiterError as error:
        sys.stderr.write(f"refused: {error}\n")
        return 1
    sys.stdout.write(report(proven, time.perf_counter() - start))
    return 0


def report(proven: VerifiedBundle, seconds: float) -> str:
    """What was found, for people."""
    lines = [
        f"{proven.name} may be served: role {proven.role}, version {proven.version}, proven in {seconds:.1f} s",
        f"signed by {proven.signer}",
    ]
    lines += [f"{name}: {len(data):,} bytes" for name, data in sorted(proven.files.items())]
    for name, found in proven.found.items():
        told = ", ".join(f"{key} {value}" for key, value in found.items()) if isinstance(found, dict) else found
        lines.append(f"{name}: {told}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
