"""What can keep a retraining from being done."""

from service.errors import ServiceError


class TrainingFailed(ServiceError):
    """The training did not end well."""

    status = 500


class NothingToLearnFrom(ServiceError):
    """There are too few labels to train on."""

    status = 409


class NoTraining(ServiceError):
    """This installation cannot train: torch is not installed."""

    status = 409


class RetrainingUnderWay(ServiceError):
    """A retraining is under way."""

    status = 409


class BadRun(ServiceError):
    """What the training left is not what was asked for."""

    status = 500
