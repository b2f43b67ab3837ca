"""A full memory is known by what torch, NumPy and OpenCV say of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from segmodels.device import CPU, is_out_of_memory, pick_device

HUGE = 1 << 55


def error_of(work) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which kind it is, is the question
        work()
    return caught.value


@pytest.mark.parametrize(
    "work",
    [
        lambda: torch.empty(HUGE, dtype=torch.uint8),
        lambda: np.empty(HUGE, np.uint8),
        lambda: bytearray(HUGE),
    ],
    ids=["torch", "numpy", "python"],
)
def test_what_does_not_fit_is_told_from_other_errors(work) -> None:
    assert is_out_of_memory(error_of(work))


@pytest.mark.parametrize(
    "text",
    [
        "[enforce fail at alloc_cpu.cpp:80] DefaultCPUAllocator: not enough memory: you tried",
        "CUDA error: out of memory",
        "MPS backend out of memory (MPS allocated: 5.00 GB)",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    ],
)
def test_the_texts_of_other_systems_and_devices_are_known(text: str) -> None:
    assert is_out_of_memory(RuntimeError(text))
    assert is_out_of_memory(torch.OutOfMemoryError("full"))


def test_other_errors_are_not_of_the_memory() -> None:
    for error in (
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("out of memory"),
        error_of(lambda: cv2.cvtColor(np.zeros((2, 2), np.uint8), cv2.COLOR_BGR2GRAY)),
    ):
        assert not is_out_of_memory(error)


def test_a_device_is_picked_by_its_name() -> None:
    assert pick_device("cpu") == CPU
