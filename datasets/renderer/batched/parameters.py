"""Everything about a batch of renderings that chance decided: one row per sample, so that each can be made again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Values = Mapping[str, Tensor]  # of one stage: (n, ...) each; `strength` (n,) is 0 where the stage is off


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The values of every stage, by the stage's name. Raises ValueError if they are not of equally many samples."""

    stages: Mapping[str, Values]

    def __post_init__(self) -> None:
        counts = {len(tensor) for values in self.stages.values() for tensor in values.values()}
        if len(counts) != 1:
            raise ValueError(f"all values must have one row per sample, but there are {sorted(counts)} rows")

    def __len__(self) -> int:
        return len(next(iter(next(iter(self.stages.values())).values())))

    @property
    def device(self) -> torch.device:
        """Where the values are, and the pictures will be."""
        return next(iter(next(iter(self.stages.values())).values())).device

    def rows(self, index: Tensor) -> "Parameters":
        """Only the samples of `index` (m,), in its order."""
        return self._each(lambda tensor: tensor[index])

    def to(self, device: torch.device) -> "Parameters":
        """The same values on `device`."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def flat(self) -> dict[str, Tensor]:
        """As `stage.value` -> tensor: what `torch.save` can write and `torch.load(weights_only=True)` read."""
        return {f"{stage}.{name}": tensor for stage, values in self.stages.items() for name, tensor in values.items()}

    @classmethod
    def from_flat(cls, flat: Mapping[str, Tensor]) -> "Parameters":
        """The reverse of `flat`."""
        stages: dict[str, dict[str, Tensor]] = {}
        for key, tensor in flat.items():
            stage, _, name = key.partition(".")
            stages.setdefault(stage, {})[name] = tensor
        return cls(stages=stages)

    @classmethod
    def joined(cls, parts: Sequence["Parameters"]) -> "Parameters":
        """All samples of `parts`, one part after the other."""
        flats = [part.flat() for part in parts]
        return cls.from_flat({key: torch.cat([flat[key] for flat in flats]) for key in flats[0]})

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Parameters":
        return Parameters(
            stages={
                stage: {name: change(tensor) for name, tensor in values.items()}
                for stage, values in self.stages.items()
            }
        )
