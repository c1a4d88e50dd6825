"""What can be wrong with a retraining run."""

from inference.errors import TidewaiterError


class BadRequest(TidewaiterError):
    """The retraining request cannot be carried out."""

    status = 422


class BadTrainingLabels(TidewaiterError):
    """The labels cannot be trained on."""

    status = 422


class BadChampion(TidewaiterError):
    """The champion cannot be trained on from here."""

    status = 422


class BadGates(TidewaiterError):
    """The gate file cannot be used."""

    status = 422


class ChangedMeanwhile(TidewaiterError):
    """Something that the run rests on changed since it began."""

    status = 409


class Stopped(TidewaiterError):
    """The run was asked to stop; the same command goes on where it ended."""

    status = 503
