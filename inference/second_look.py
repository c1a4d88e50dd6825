"""The second look: what the first look leaves open is read more closely and gets the filed artwork laid on it.

It costs tens of milliseconds for each finding, so only a few of the likeliest are looked at again, and none whose right
holder is suspected beyond doubt anyway (docs/adr/0015). Pure: whoever calls reads, and lays the artwork on.
"""

from collections.abc import Sequence
from dataclasses import replace

from inference.calibration import SecondLook
from inference.vocabulary import Finding

OPEN = (0.03, 0.6)  # scores of the first look between which a finding is in doubt
MOST = 2  # findings of one photograph that are looked at again


def is_open(finding: Finding) -> bool:
    """Whether the score of the finding's best match leaves it open what is there."""
    low, high = OPEN
    return bool(finding.matches) and low <= finding.matches[0].score <= high


def can_be_laid(finding: Finding) -> bool:
    """Whether there is filed artwork that could be laid on the place of a finding that is still open."""
    return is_open(finding) and not finding.matches[0].mark.lettered


def in_doubt(findings: Sequence[Finding]) -> list[int]:
    """Which of the findings are looked at again: the likeliest first, at most MOST.

    A right holder who is suspected beyond doubt at another place of the photograph needs no second look.
    """
    best = [finding.matches[0] if finding.matches else None for finding in findings]
    beyond = {match.mark.holder for match in best if match is not None and match.score > OPEN[1]}
    doubtful = [
        (-match.score, index)
        for index, (finding, match) in enumerate(zip(findings, best, strict=True))
        if match is not None and is_open(finding) and match.mark.holder not in beyond
    ]
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
