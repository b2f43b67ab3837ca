"""The course of fine-tuning: train, compare with the network in use, publish what is better.

A course is a number of steps under one cosine of the learning rate. After it the moving average
and the network in use are judged on held-out labelled pixels, each with a head of its own.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Generator, Iterator

import torch
from torch import Tensor

from segmodels.errors import NothingToLearn
from segmodels.features import POSITION_CHANNELS
from segmodels.finetuning.material import (
    Material,
    Pupil,
    judgement_steps,
    material_steps,
)
from segmodels.finetuning.settings import TrainReport, TrainSettings
from segmodels.finetuning.tuner import Tuner
from segmodels.models.base import SegModel
from segmodels.steps import Result


class Course:
    """Fine-tunes for a pupil; kept between calls of `reports`, so that training goes on."""

    def __init__(self, pupil: Pupil, settings: TrainSettings, first_network: SegModel) -> None:
        """Train from `first_network`: the one in use, or a new one when there is none."""
        self._pupil = pupil
        self._settings = settings
        self._first_network = first_network
        self._tuner: Tuner | None = None
        self._material: Material | None = None
        self._steps = 0
        self._place = 0
        self._failures = 0
        self._start = 0.0
        self._loss = self._rate = float("nan")

    def reports(self, *, seconds: float | None, steps: int | None) -> Iterator[TrainReport]:
        """Train until nothing is gained, for `seconds`, or for `steps`; one report a slice.

        Samples may change between two reports. Raises NothingToLearn.
        """
        self._start = time.perf_counter()
        last_step = None if steps is None else self._steps + steps
        self._failures = 0
        while True:
            if self._material is None or self._material.revision != self._pupil.revision:
                self._material = yield from self._sliced(self._fresh_material())
                if (yield from self._sliced(self._pupil.draw_steps())):
                    yield self._report(is_published=True)
            tuner = self._tuner_of(self._material)
            seconds_left = None if seconds is None else seconds - self._seconds()
            is_over = (seconds_left is not None and seconds_left <= 0) or self._steps == last_step
            if self._place < self._settings.course_steps and not is_over:
                progress = self._place / self._settings.course_steps
                result = tuner.step(self._material.source, self._material.class_weights, progress)
                self._loss, self._rate = result.loss, result.learning_rate
                self._steps += 1
                self._place += 1
                yield self._report()
                continue
            is_finished = yield from self._compare(self._material, tuner, is_over=is_over)
            if is_finished:
                return

    def _compare(
        self, material: Material, tuner: Tuner, *, is_over: bool
    ) -> Generator[TrainReport, None, bool]:
        """Judge what was trained, publish it when it is better; whether training is finished."""
        source = self._pupil.source_of(copy.deepcopy(tuner.average))
        judgement = yield from self._sliced(
            judgement_steps(self._pupil, source, material.judged, material.held_out)
        )
        if self._pupil.revision != material.revision and not is_over:
            return False  # painted meanwhile: what was judged is out of date
        self._place = 0
        is_gain = judgement is not None and (
            material.in_use is None or judgement.is_gain_over(material.in_use)
        )
        if is_gain:
            self._failures = 0
            yield from self._sliced(self._pupil.publish_steps(source))
            self._material = None
        else:
            self._failures += 1
            if self._pupil.source.network is not None and material.class_layer is not None:
                tuner.begin_from(self._pupil.source.network, material.class_layer)
        is_finished = is_over or self._failures >= self._settings.patience
        value = None if judgement is None else judgement.mean_iou
        yield self._report(value, is_published=is_gain, is_finished=is_finished)
        return is_finished

    def _fresh_material(self) -> Generator[None, None, Material]:
        samples = self._pupil.samples.values()
        if len({value for sample in samples for value in sample.classes}) < 2:
            raise NothingToLearn("Paint strokes of two classes at least: then training can start.")
        network = self._pupil.source.network or self._first_network
        material = yield from material_steps(
            self._pupil, self._settings, network.input_scale, draw=self._steps
        )
        return material

    def _tuner_of(self, material: Material) -> Tuner:
        """Give the network in training, with room for all classes."""
        if self._tuner is None:
            network = self._pupil.source.network or self._first_network
            layer = material.class_layer or self._blank_layer(network)
            self._tuner = Tuner(
                network, layer, self._pupil.device, self._settings, seed=self._pupil.seed
            )
        self._tuner.set_classes(self._pupil.classes)
        return self._tuner

    def _blank_layer(self, network: SegModel) -> tuple[Tensor, Tensor]:
        inputs = network.feature_channels + POSITION_CHANNELS
        generator = torch.Generator().manual_seed(self._pupil.seed)
        weight = torch.randn(self._pupil.classes, inputs, generator=generator) * inputs**-0.5
        return weight, torch.zeros(self._pupil.classes)

    def _sliced(self, steps: Generator[None, None, Result]) -> Generator[TrainReport, None, Result]:
        """Report after each slice of other work."""
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value
            yield self._report()

    def _seconds(self) -> float:
        return time.perf_counter() - self._start

    def _report(
        self,
        validation: float | None = None,
        *,
        is_published: bool = False,
        is_finished: bool = False,
    ) -> TrainReport:
        return TrainReport(
            self._steps,
            self._loss,
            self._rate,
            validation,
            is_published,
            is_finished,
            self._seconds(),
        )
