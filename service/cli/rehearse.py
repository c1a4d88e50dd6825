"""`tidewaiter rehearse`: parcels whose marks are known are posted and decided, for there to be something to learn."""

import random
from pathlib import Path
from typing import Annotated

import httpx
import typer

from service.cli.rehearsing import Rehearsal, told
from service.cli.screen import out, progress


def rehearse(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, metavar="FOLDER")],
    url: Annotated[str, typer.Option(help="Where the service listens.")],
    key_file: Annotated[
        Path, typer.Option("--key-file", exists=True, dir_okay=False, help="Of an account that vouches.")
    ],
    station: Annotated[str, typer.Option(help="In whose name they are posted.")] = "rehearsal",
    errors: Annotated[float, typer.Option(min=0, max=1, help="Share of decisions that are wrong.")] = 0.03,
    seed: int = 1,
) -> None:
    """Post a folder of annotated parcels and decide each alert as officers would who know what is on them.

    For trying the way from verdicts to models; never on a service that real officers work with.
    """
    headers = {"Authorization": f"Bearer {key_file.read_text(encoding='ascii').strip()}"}
    with httpx.Client(base_url=url, timeout=60, headers=headers) as client, progress("Rehearsing") as moved:
        rehearsal = Rehearsal(
            client=client,
            station=station,
            errors=errors,
            rng=random.Random(seed),
            moved=moved,
        )
        counts = rehearsal.run(folder)
    out().print(told(counts))
