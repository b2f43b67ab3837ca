"""Which device to compute on, in which precision, and when its memory is full: by trying."""

from __future__ import annotations

import time
from functools import cache

import cv2
import torch
from torch import nn

CPU = torch.device("cpu")

_SHORTAGES = (
    "can't allocate memory",  # DefaultCPUAllocator on Linux and macOS
    "not enough memory",  # the same on Windows
    "out of memory",  # CUDA where it is no OutOfMemoryError, and MPS
    "ALLOC_FAILED",  # cuBLAS and cuDNN
)


def pick_device(name: str = "auto") -> torch.device:
    """Give the device called `name`; `auto` is the GPU if there is one that works."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error of torch, NumPy or OpenCV says that there is no memory left.

    On the CPU torch has no error of its own for that, only a text.
    """
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, cv2.error):
        return error.code == cv2.Error.StsNoMem
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _SHORTAGES)


def free_unused(device: torch.device) -> None:
    """Give back what torch keeps of a GPU's memory for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


@cache
def fast_dtype(device_type: str) -> torch.dtype:
    """Give bfloat16 where a network runs clearly faster in it than in float32.

    On the CPU two small convolutions are timed once, some 20 ms: without AVX512-BF16 or AMX,
    bfloat16 is emulated and several times slower.
    """
    if device_type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device_type != "cpu":
        return torch.float32
    seconds = {dtype: _convolution_seconds(dtype) for dtype in (torch.float32, torch.bfloat16)}
    is_faster = seconds[torch.bfloat16] < 0.75 * seconds[torch.float32]
    return torch.bfloat16 if is_faster else torch.float32


def _convolution_seconds(dtype: torch.dtype) -> float:
    layer = nn.Conv2d(48, 48, 3, padding=1).to(dtype).to(memory_format=torch.channels_last)
    x = torch.zeros(1, 48, 96, 96, dtype=dtype).to(memory_format=torch.channels_last)
    best = float("inf")
    with torch.inference_mode():
        for _ in range(4):
            start = time.perf_counter()
            layer(x)
            best = min(best, time.perf_counter() - start)
    return best
