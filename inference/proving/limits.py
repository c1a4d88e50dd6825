"""How much a bundle may hold and take: several times what the shipped ones do (3 MB, 652 nodes, 0.5 GiB, 2 s)."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits on one bundle."""

    files: int = 8  # in its folder, the signature not counted
    file_bytes: int = 64 * MIB  # of each file
    total_bytes: int = 96 * MIB  # of all files
    description_bytes: int = MIB // 4  # of bundle.json
    fields: int = 500_000  # of a graph's file: numbers, texts and messages
    nodes: int = 5_000  # of a graph and the graphs in it
    initializers: int = 2_000
    depth: int = 2  # of graphs in graphs; the shipped verifier has one in it
    numbers: int = 2**24  # of one tensor
    rows: int = 100_000  # of an attachment
    cpu_seconds: int = 15  # of the child that loads and runs the graphs
    seconds: float = 60.0  # on the clock: the machine may be busy with scans
    memory: int = 1_536 * MIB  # address space of the child

    def __post_init__(self) -> None:
        wrong = [name for name, value in vars(self).items() if value <= 0]
        if wrong:
            raise ValueError(f"limits must be above 0, got {', '.join(f'{name} {vars(self)[name]}' for name in wrong)}")


LIMITS = Limits()
