"""The second look: findings that the first look leaves open get the filed artwork laid on them, before anybody is told.

It costs tens of milliseconds for each, so only a few of the likeliest are looked at again, and none whose right holder
is suspected beyond doubt anyway (docs/adr/0015). Pure: whoever calls lays the artwork on.
"""

from collections.abc import Sequence
from dataclasses import replace

from inference.calibration import SecondLook
from inference.vocabulary import Finding

OPEN = (0.03, 0.6)  # scores of the first look between which a finding is in doubt
MOST = 2  # findings of one photograph that are looked at again


def in_doubt(findings: Sequence[Finding]) -> list[int]:
    """Which of the findings are looked at again: the likeliest first, at most MOST.

    A right holder who is suspected beyond doubt at another place of the photograph needs no second look.
    """
    low, high = OPEN
    scored = [(f.matches[0].score, f.matches[0].mark.holder, index) for index, f in enumerate(findings) if f.matches]
    beyond = {holder for score, holder, _ in scored if score > high}
    doubtful = [(-score, index) for score, holder, index in scored if low <= score <= high and holder not in beyond]
    return [index for _, index in sorted(doubtful)[:MOST]]


def settled(finding: Finding, agreement: float | None, second_look: SecondLook) -> Finding:
    """The finding once its best match's artwork was laid on it, with an `agreement` of 0..1.

    None means that there was nothing to compare: the first look stands.
    """
    if agreement is None:
        return finding
    best, *others = finding.matches
    looked = replace(best, score=second_look.score(best.score, agreement), fitted=agreement)
    return replace(finding, matches=(looked, *others))
