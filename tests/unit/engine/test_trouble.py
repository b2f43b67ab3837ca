"""When is it the image, and when is it the model?"""

import errno
from pathlib import Path

import pytest
import torch

from app.document.errors import ImageReadError
from app.engine.requests import ImageRef, Learn, OpenModel, PredictImage, SetLearning
from app.engine.trouble import Trouble, death

LOOK = PredictImage(ImageRef("a.png", Path("a.png")))


def test_an_image_that_cannot_be_read_never_asks_for_a_restart() -> None:
    trouble = Trouble()
    for _ in range(5):
        failed = trouble.failure(LOOK, ImageReadError("a.png", "is empty."))
        assert failed.sentence == "a.png is empty."
        assert failed.image == LOOK.image
        assert not failed.needs_restart


def test_a_full_disk_is_told_without_the_words_of_the_system() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "weights.safetensors")
    failed = Trouble().failure(Learn(), error)
    assert failed.sentence == (
        "Learning stopped: The disk is full (make room). "
        "Your strokes are safe; they start it again."
    )
    assert Trouble().failure(LOOK, error).sentence == "The disk is full (make room)."
    assert not failed.needs_restart


def test_a_model_that_fails_twice_in_a_row_is_broken() -> None:
    trouble = Trouble()
    assert not trouble.failure(LOOK, RuntimeError("no")).needs_restart
    again = trouble.failure(LOOK, RuntimeError("no"))
    assert again.needs_restart
    assert again.is_model_broken
    assert "Your strokes are safe." in again.sentence
    assert again.image is None


def test_a_success_in_between_is_patience_again() -> None:
    trouble = Trouble()
    trouble.failure(LOOK, RuntimeError("no"))
    trouble.note_success(LOOK)
    assert not trouble.failure(LOOK, RuntimeError("no")).needs_restart


def test_a_success_of_another_kind_does_not_hide_a_broken_model() -> None:
    trouble = Trouble()
    trouble.failure(LOOK, RuntimeError("no"))
    trouble.note_success(SetLearning(is_on=False))
    assert trouble.failure(LOOK, RuntimeError("no")).needs_restart


@pytest.mark.parametrize(
    ("request_", "error", "is_model_broken"),
    [
        (LOOK, MemoryError(), False),
        (Learn(), torch.OutOfMemoryError("CUDA"), False),
        (LOOK, RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes."), False),
        (LOOK, FloatingPointError("NaN"), True),
        (OpenModel(2), ValueError("broken"), True),
    ],
)
def test_some_faults_need_no_second_try(request_, error, is_model_broken) -> None:
    failed = Trouble().failure(request_, error)
    assert failed.needs_restart
    assert failed.is_model_broken is is_model_broken


def test_the_death_of_the_thread_asks_for_a_restart_with_the_same_model() -> None:
    failed = death(SystemExit())
    assert failed.needs_restart
    assert not failed.is_model_broken
    assert "SystemExit" in failed.sentence
