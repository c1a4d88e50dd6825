"""Several processes that train together: started by `torchrun --nproc-per-node N -m training.retraining RUN`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

PATIENCE = timedelta(hours=12)  # the first process renders while the others wait


def world() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Which one this is; the first does everything that is not training."""
    return int(os.environ.get("RANK", "0"))


def device() -> torch.device:
    """The GPU of this process, if there is one for each, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())


@contextmanager
def together() -> Iterator[None]:
    """Join the others, if there are any."""
    if world() == 1:
        yield
        return
    backend = "nccl" if device().type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


def shared(model: nn.Module) -> nn.Module:
    """The model with its gradients averaged over all processes."""
    if world() == 1:
        return model
    place = device()
    return DistributedDataParallel(model, device_ids=[place.index] if place.type == "cuda" else None)


def meet() -> None:
    """Wait until all are here."""
    if world() > 1:
        dist.barrier()


def agreed(flag: bool) -> bool:
    """Whether any of the processes says so."""
    if world() == 1:
        return flag
    told = torch.tensor([int(flag)], device=device())
    dist.all_reduce(told, op=dist.ReduceOp.MAX)
    return bool(told.item())
