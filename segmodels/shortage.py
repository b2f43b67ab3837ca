"""Work that goes on where there is memory for it: on the CPU, when a GPU has too little."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from typing import Protocol, TypeVar

import torch

from segmodels.device import CPU, free_unused, is_out_of_memory
from segmodels.errors import NotEnoughMemory

logger = logging.getLogger(__name__)

Told = TypeVar("Told")
Result = TypeVar("Result")


class Movable(Protocol):
    """What is needed of a learner."""

    device: torch.device

    def move_to(self, device: torch.device) -> None:
        """Compute there from now on."""


def where_it_fits(
    learner: Movable, begin: Callable[[], Generator[Told, None, Result]]
) -> Generator[Told, None, Result]:
    """Do the slices of `begin()`; when a GPU has too little memory, on the CPU from the beginning.

    So does other work on the learner that was begun before it moved, at its next slice. Raises
    NotEnoughMemory when the CPU has too little.
    """
    while True:
        device = learner.device
        try:
            return (yield from begin())
        except Exception as error:
            is_shortage = is_out_of_memory(error)
            if is_shortage and device == CPU:
                raise NotEnoughMemory(
                    "There is not enough memory for the model: close other programs, "
                    "or use a smaller model or smaller images."
                ) from error
            if not is_shortage and learner.device == device:
                raise
        # Outside of the handler: its error holds on to what did not fit.
        if learner.device == device:
            logger.warning("the memory of %s is too small: going on on the CPU", device)
            learner.move_to(CPU)
            free_unused(device)
