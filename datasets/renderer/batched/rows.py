"""A stage is done only for the rows of a batch that it is on for: rare stages then cost little."""

from collections.abc import Callable

from torch import Tensor

from datasets.renderer.batched.parameters import Values


def chosen(values: Values, rows: Tensor) -> dict[str, Tensor]:
    """The rows (m,) of every value."""
    return {name: tensor.index_select(0, rows) for name, tensor in values.items()}


def where_on(values: Values, batch: Tensor, change: Callable[..., Tensor], *beside: Tensor) -> Tensor:
    """`change(batch, *beside, values)` for the rows with a strength other than 0; the others stay bit for bit.

    `change` is pure; its result is written into `batch`, which is also returned: batches are large, so the renderer
    works in one buffer of its own.
    """
    rows = values["strength"].nonzero()[:, 0]
    if len(rows) == len(batch):
        return change(batch, *beside, values)
    if len(rows):
        parts = (tensor.index_select(0, rows) for tensor in (batch, *beside))
        batch.index_copy_(0, rows, change(*parts, chosen(values, rows)))
    return batch
