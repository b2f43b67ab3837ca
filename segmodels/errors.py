"""What can go wrong in learning, each said in one sentence for the person at the screen."""


class LearnerError(Exception):
    """Base of all errors of `segmodels`; `str(error)` is one sentence for the user."""


class NothingToLearn(LearnerError):
    """There are no labelled pixels, or not enough kinds of them, to learn from."""


class ModelFileError(LearnerError):
    """A saved model is missing, broken or made by a newer program."""


class DownloadError(LearnerError):
    """Published weights could not be fetched."""


class DownloadCancelled(LearnerError):
    """Published weights are not wanted any more: somebody stopped their download."""


class NotEnoughMemory(LearnerError, MemoryError):
    """The model does not fit into the memory, however little it looks at a time."""


class ModelNotBuilt(LearnerError, ValueError):
    """There is no model of that name, or it is not of use here."""


class ModelBroken(LearnerError, ArithmeticError):
    """The model gives no numbers any more (NaN)."""
