"""Champion and candidate on the same pictures: what was lost, what was gained, and how sure that is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.evaluation.proportions import wilson


@dataclass(frozen=True, kw_only=True)
class Paired:
    """Of n pictures: how many each found, and how many only one of them found."""

    n: int
    champion: int
    candidate: int
    lost: int  # found by the champion alone
    gained: int  # found by the candidate alone

    @property
    def loss(self) -> float:
        """Share of the pictures lost, less the share gained: > 0 if the candidate is worse."""
        return (self.lost - self.gained) / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `loss`: Wilson's, of the share of losses among the pictures on which they differ.

        That is the interval behind McNemar's test, which looks at those pictures alone.
        """
        differ = self.lost + self.gained
        if differ == 0:
            return 0.0, 0.0
        low, high = wilson(self.lost, differ)
        return (2 * low - 1) * differ / self.n, (2 * high - 1) * differ / self.n

    def as_json(self) -> dict[str, float | int]:
        """The figures as they stand in the report."""
        low, high = self.interval
        counts = {"n": self.n, "champion": self.champion, "candidate": self.candidate}
        told = {"lost": self.lost, "gained": self.gained}
        return {**counts, **told, "loss": round(self.loss, 6), "low": round(low, 6), "high": round(high, 6)}


def paired(champion: Sequence[bool], candidate: Sequence[bool]) -> Paired:
    """What both found of the same pictures, in their order. Raises ValueError if they are not equally many."""
    both = list(zip(champion, candidate, strict=True))
    return Paired(
        n=len(both),
        champion=sum(one for one, _ in both),
        candidate=sum(other for _, other in both),
        lost=sum(one and not other for one, other in both),
        gained=sum(other and not one for one, other in both),
    )
