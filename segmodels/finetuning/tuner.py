"""One network in training: student, its moving average, the head it is trained with, and a step."""

from __future__ import annotations

import copy
import logging
import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from segmodels.beside import Begun
from segmodels.device import fast_dtype, free_unused, is_out_of_memory
from segmodels.features import position_features
from segmodels.finetuning.augmentation import Strength, change_light, cut_out
from segmodels.finetuning.crops import Crops, CropSource
from segmodels.finetuning.losses import partial_loss, pseudo_loss
from segmodels.finetuning.settings import TrainSettings
from segmodels.models.base import SegModel
from segmodels.optimisers import AdamW

logger = logging.getLogger(__name__)

_HEAD_RATE = 3.0
_LEAST_BATCH = 2
"""One image alone has no variance for a norm behind global pooling."""
_LEAST_CROP = 64


@dataclass(frozen=True)
class StepResult:
    """Loss and learning rate of one step; the loss is NaN when the step was undone."""

    loss: float
    learning_rate: float


@dataclass(frozen=True)
class _Drawn:
    """Crops of a source, so many of that size, in the making."""

    wanted: tuple[CropSource, int, int]
    crops: Begun[Crops]


class Tuner:
    """Trains a copy of `network`; `average` is what may be published.

    `class_layer`: weight (C, D + 5) and bias (C,) to start the training head from.
    """

    def __init__(
        self,
        network: SegModel,
        class_layer: tuple[Tensor, Tensor],
        device: torch.device,
        settings: TrainSettings,
        *,
        seed: int,
    ) -> None:
        self.settings = settings
        self.device = device
        self._random = torch.Generator().manual_seed(seed)
        self._drawing = torch.Generator().manual_seed(seed + 1)
        self._drawn: _Drawn | None = None
        self._steps = 0
        self._batch = settings.batch
        self._crop = settings.crop
        self._batch_is_fit = False
        self._times: list[float] = []
        self._rate_scale = 1.0
        self.begin_from(network, class_layer)

    def begin_from(self, network: SegModel, class_layer: tuple[Tensor, Tensor]) -> None:
        """Start (again) from a network and a class layer; what was trained so far is dropped."""
        self.student = copy.deepcopy(network)
        self.average = copy.deepcopy(network).eval()
        self.head = self._head_of(*class_layer)
        for parameter in self.average.parameters():
            parameter.requires_grad_(False)
        self.student.train(not network.norms_fit)
        self._followed = tuple(
            [value for value in network.state_dict().values() if value.dtype.is_floating_point]
            for network in (self.average, self.student)
        )
        self._begin_optimisers()

    def _begin_optimisers(self) -> None:
        decay = self.settings.weight_decay
        trained = [value for value in self.student.parameters() if value.requires_grad]
        self._parameters = [*trained, *self.head.parameters()]
        self._network_optimiser = AdamW(trained, weight_decay=decay)
        self._head_optimiser = AdamW(list(self.head.parameters()), weight_decay=decay)

    def step(self, source: CropSource, weights: Tensor, progress: float) -> StepResult:
        """Take one optimiser step on fresh crops; `progress` 0..1 in the course sets the rate."""
        start = time.perf_counter()
        rate = self._rate(progress)
        loss = self._loss_of_crops(source, weights)
        if loss is None:
            return StepResult(float("nan"), rate)
        value = float(loss)
        norm = nn.utils.clip_grad_norm_(self._parameters, self.settings.clip)
        if not (math.isfinite(value) and math.isfinite(float(norm))):
            self._return_to_average()
            return StepResult(float("nan"), rate)
        self._network_optimiser.step(rate)
        self._head_optimiser.step(_HEAD_RATE * rate)
        self._follow()
        self._steps += 1
        self._fit_batch(time.perf_counter() - start)
        return StepResult(value, rate)

    def _loss_of_crops(self, source: CropSource, weights: Tensor) -> Tensor | None:
        """Give the loss of fresh crops, with gradients; None: they did not fit, next are less."""
        try:
            loss = self._loss(self._crops(source), weights)
            self._forget_gradients()
            loss.backward()
            return loss.detach()
        except Exception as error:
            is_least = self._batch <= _LEAST_BATCH and self._crop <= _LEAST_CROP
            if is_least or not is_out_of_memory(error):
                raise
        # Outside of the handler: its error holds on to what did not fit.
        self._shrink()
        return None

    def _crops(self, source: CropSource) -> Crops:
        """Give the next crops; the second thread draws those after them meanwhile."""
        wanted = source, self._batch, self._crop
        drawn, self._drawn = self._drawn, None
        crops: Crops | None = None
        if drawn is not None:
            found = drawn.crops.result()  # also when it is not wanted: one draws at a time
            crops = found if drawn.wanted == wanted else None
        crops = crops or self._draw(*wanted)
        self._drawn = _Drawn(wanted, Begun(lambda: self._draw(*wanted)))
        return crops

    def _draw(self, source: CropSource, batch: int, crop: int) -> Crops:
        return source.draw(batch, crop, device=self.device, random=self._drawing)

    def _loss(self, crops: Crops, weights: Tensor) -> Tensor:
        strength = Strength()
        images = change_light(crops.images, self._random, strength)
        images = cut_out(images, self._random, strength)
        dtype = fast_dtype(self.device.type)
        with torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32):
            learned = self.student.features(images)
            position = position_features(crops.position[:, 0], crops.position[:, 1]).to(learned)
            # Without position now and then, so that the features learn to do without it.
            keep = (torch.rand(len(images), 1, 1, 1, generator=self._random) < 0.5).to(learned)
            logits = self.head(torch.cat((learned, position * keep), dim=1))
        settings = self.settings
        loss = partial_loss(
            logits,
            crops.labels,
            weights,
            kind=settings.loss,
            dice_weight=settings.dice_weight,
        )
        if settings.pseudo_weight:
            is_sure = (crops.confidence > settings.pseudo_confidence).float()
            guess = pseudo_loss(logits, crops.guessed, is_sure, weights > 0)
            loss = loss + settings.pseudo_weight * guess
        return loss

    def set_classes(self, classes: int) -> None:
        """Make room for more classes in the training head; what it knows stays."""
        more = classes - self.head.out_channels
        if more > 0:
            weight, bias = (parameter.detach() for parameter in self.head.parameters())
            weight = functional.pad(weight.flatten(1), (0, 0, 0, more))
            self.head = self._head_of(weight, functional.pad(bias, (0, more)))
            self._begin_optimisers()

    def _head_of(self, weight: Tensor, bias: Tensor) -> nn.Conv2d:
        head = nn.Conv2d(weight.shape[1], weight.shape[0], 1)
        head.load_state_dict({"weight": weight[..., None, None], "bias": bias})
        return head.to(self.device)

    def _rate(self, progress: float) -> float:
        """Warm-up, then a cosine down to a twentieth."""
        cosine = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
        warm = min(1.0, (self._steps + 1) / max(1, self.settings.warm_up_steps))
        return self.settings.learning_rate * self._rate_scale * cosine * warm

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the student; faster at the start, when it knows nothing."""
        decay = min(self.settings.ema_decay, (1 + self._steps) / (10 + self._steps))
        average, student = self._followed
        torch._foreach_lerp_(average, student, 1 - decay)

    def _return_to_average(self) -> None:
        """A step went to infinity: go on from the last good state, at half the rate."""
        logger.warning("a training step was not finite: back to the last good state")
        self.student.load_state_dict(self.average.state_dict())
        self._network_optimiser.forget()
        self._head_optimiser.forget()
        self._rate_scale *= 0.5

    def _shrink(self) -> None:
        """Out of memory: half the crops, then smaller ones."""
        self._forget_gradients()
        free_unused(self.device)
        if self._batch > _LEAST_BATCH:
            self._batch = max(self._batch // 2, _LEAST_BATCH)
        else:
            self._crop = max(self._crop // 2, _LEAST_CROP)
        self._batch_is_fit = True
        logger.warning("out of memory: training on %d crops of %d", self._batch, self._crop)

    def _fit_batch(self, seconds: float) -> None:
        """Adapt the batch, by the times of some steps, so that a step takes what it should."""
        if self._batch_is_fit:
            return
        self._times.append(seconds)
        if len(self._times) < 4:
            return
        typical, wanted = min(self._times[1:]), self.settings.step_seconds
        self._times.clear()
        if typical > 1.4 * wanted and self._batch > _LEAST_BATCH:
            self._batch = max(_LEAST_BATCH, int(self._batch * wanted / typical))
        elif typical > 1.4 * wanted and self._crop > 96:
            self._crop = 96
        elif typical < 0.5 * wanted and self._batch < 32:
            self._batch = min(32, self._batch * 2)
        else:
            self._batch_is_fit = True

    def _forget_gradients(self) -> None:
        for parameter in self._parameters:
            parameter.grad = None
