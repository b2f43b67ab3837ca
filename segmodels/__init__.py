"""Models that learn segmentation from a few painted pixels, on plain arrays."""

from segmodels.errors import (
    DownloadError,
    LearnerError,
    ModelFileError,
    ModelNotBuilt,
    NothingToLearn,
)
from segmodels.finetuning.settings import TrainReport, TrainSettings
from segmodels.learner import Learner
from segmodels.learner_settings import HeadReport, LearnerSettings
from segmodels.prediction import UNLABELLED, Prediction
from segmodels.suggestion import suggest, suggest_steps

__all__ = [
    "UNLABELLED",
    "DownloadError",
    "HeadReport",
    "Learner",
    "LearnerError",
    "LearnerSettings",
    "ModelFileError",
    "ModelNotBuilt",
    "NothingToLearn",
    "Prediction",
    "TrainReport",
    "TrainSettings",
    "suggest",
    "suggest_steps",
]
