"""The learner: put in images and painted pixels, take out masks. One network, two speeds."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from segmodels.cache import FeatureCache
from segmodels.device import pick_device
from segmodels.errors import ModelFileError, NothingToLearn
from segmodels.features import FeatureMaker, ImageStatistics
from segmodels.head import HeadSettings, PixelHead, solve_head
from segmodels.models import SegModel, build
from segmodels.models.starter import load_starter
from segmodels.prediction import (
    MOST_CLASSES,
    Image,
    Labels,
    Prediction,
    check_image,
    check_labels,
)
from segmodels.samples import Sample, gather
from segmodels.scoring import score_pixels
from segmodels.storage import read_model, write_model
from segmodels.tiles import Box, Tile, nearest_first

Result = TypeVar("Result")


@dataclass(frozen=True)
class LearnerSettings:
    """What a learner can be told; the defaults need no tuning. Sizes are in pixels."""

    head: HeadSettings = field(default_factory=HeadSettings)
    head_pixels: int = 8000
    cache_bytes: int = 768_000_000
    tile: int = 384
    halo: int = 64


@dataclass(frozen=True)
class HeadReport:
    """What a head was solved on: `pixels` of `classes_seen`; `loss` is the mean cross-entropy."""

    pixels: int
    classes_seen: tuple[int, ...]
    loss: float
    seconds: float


class Learner:
    """Learns a segmentation from painted pixels. Not thread-safe: one thread owns it.

    `model` is `starter`, `filters` (no network) or any name that `models.build` knows; `weights`
    is None (random) or "imagenet" where a model has such. `device` is `auto`, `cpu`, `cuda`...
    """

    def __init__(
        self,
        *,
        classes: int,
        model: str = "starter",
        weights: str | None = None,
        device: str = "auto",
        seed: int = 0,
        settings: LearnerSettings = LearnerSettings(),
    ) -> None:
        network = _network(model, weights, seed)
        self._begin(network, classes, model, pick_device(device), seed, settings)

    @classmethod
    def from_network(
        cls,
        network: SegModel,
        class_layer: tuple[Tensor, Tensor],
        *,
        class_ids: Sequence[int],
        model_name: str,
        device: str = "auto",
        settings: LearnerSettings = LearnerSettings(),
    ) -> Learner:
        """Take a network that knows classes already; strokes add to what it knows.

        `class_layer`: weight (k, D) and bias (k,) on the network's features; its k-th class becomes
        `class_ids[k]`.
        """
        learner = cls.__new__(cls)
        classes = max(class_ids) + 1
        learner._begin(network, classes, model_name, pick_device(device), 0, settings)
        hidden = settings.head.hidden if settings.head.kind == "mlp" else 0
        head = PixelHead(learner._maker.channels, classes, hidden=hidden, has_base=True)
        assert head.base is not None
        torch.nn.init.zeros_(head.last.weight)
        ids = torch.tensor(class_ids)
        head.base.weight[ids[:, None], learner._maker.learned_channels] = class_layer[0]
        head.base.bias[ids] = class_layer[1]
        head.base.known[ids] = True
        head.seen.copy_(head.base.known)
        learner._head = head.to(learner.device)
        return learner

    def _begin(
        self,
        network: SegModel | None,
        classes: int,
        model_name: str,
        device: torch.device,
        seed: int,
        settings: LearnerSettings,
    ) -> None:
        self.classes = 0
        self.model_name = model_name
        self.device = device
        self.seed = seed
        self.settings = settings
        self._samples: dict[str, Sample] = {}
        self._head: PixelHead | None = None
        self._cache = FeatureCache(settings.cache_bytes)
        self._use_network(network)
        self.set_classes(classes)

    @property
    def can_predict(self) -> bool:
        """Whether there is a head: solved, trained or loaded."""
        return self._head is not None

    @property
    def samples(self) -> Mapping[str, Sample]:
        """The images with labelled pixels, by key."""
        return MappingProxyType(self._samples)

    def set_classes(self, classes: int) -> None:
        """Make room for more classes, at most 254; what was learned of the others stays."""
        if not max(self.classes, 1) <= classes <= MOST_CLASSES:
            raise ValueError(f"classes can only grow, up to {MOST_CLASSES}: {classes}")
        self.classes = classes
        if self._head is not None:
            self._head = self._head.with_classes(classes)

    def put_sample(self, key: str, image: Image, labels: Labels) -> None:
        """Learn from these labels of an image from now on, in place of earlier ones of that key.

        `image` (H, W, 3) uint8 is kept, not copied: do not write to it. `labels` (H, W) uint8 is
        copied; 255 = unlabelled, and an image without a label is removed.
        """
        check_image(image)
        check_labels(labels, image, self.classes)
        sample = Sample(key, image, labels.copy())
        if sample.chosen.size:
            self._samples[key] = sample
        else:
            self.remove_sample(key)

    def remove_sample(self, key: str) -> None:
        """Learn from that image no more."""
        self._samples.pop(key, None)

    def solve_head(self) -> HeadReport:
        """Fit the head to all labelled pixels: the fast path.

        Raises NothingToLearn when fewer than two classes are painted.
        """
        return _last(self.solve_head_steps())

    def solve_head_steps(self) -> Generator[None, None, HeadReport]:
        """Same as `solve_head`, yielding after each part of an image's features."""
        start = time.perf_counter()
        samples = list(self._samples.values())
        seen = sorted({value for sample in samples for value in sample.classes})
        if not seen:
            raise NothingToLearn("Nothing is painted yet: paint a few strokes of each class.")
        has_base = self._head is not None and self._head.base is not None
        if len(seen) == 1 and not has_base:
            raise NothingToLearn("Only one class is painted: paint a stroke of another one too.")
        for sample in samples:
            if sample.pixels is None:
                yield from self._read_pixels(sample)
        data = gather(samples, limit=self.settings.head_pixels, seed=self.seed)
        self._head, loss = solve_head(
            data.rows.to(self.device),
            data.labels.to(self.device),
            data.weights.to(self.device),
            classes=self.classes,
            settings=self.settings.head,
            start=self._head,
            seed=self.seed,
        )
        return HeadReport(len(data.labels), tuple(seen), loss, time.perf_counter() - start)

    def predict(self, image: Image, *, key: str | None = None) -> Prediction:
        """Predict (H, W, 3) uint8; `key` keeps its features for the next time."""
        return _last(self.predict_steps(image, key=key))

    def predict_steps(
        self,
        image: Image,
        *,
        key: str | None = None,
        first: tuple[int, int, int, int] | None = None,
    ) -> Generator[None, None, Prediction]:
        """Same as `predict`, yielding after each part of a tile.

        `first` = x0, y0, x1, y1 is predicted before the rest. Raises NothingToLearn when there is
        no head yet.
        """
        check_image(image)
        if self._head is None:
            raise NothingToLearn("The model has learned nothing yet: paint a few strokes.")
        height, width = image.shape[:2]
        labels = np.empty((height, width), np.uint8)
        confidence = np.empty((height, width), np.uint8)
        runner_up = np.empty((height, width), np.uint8)
        statistics = ImageStatistics.of(image)
        tiles = nearest_first(self._maker.tiles(height, width), Box(*first) if first else None)
        for tile in tiles:
            features = yield from self._features(image, tile, statistics, key)
            scored = score_pixels(self._head, features)
            for array, values in zip((labels, confidence, runner_up), scored, strict=True):
                array[tile.core.slices] = values.reshape(tile.core.height, tile.core.width)
            yield
        return Prediction(labels, confidence, runner_up)

    def save(self, folder: Path) -> None:
        """Write the model (not the samples) to a folder: weights.safetensors and model.json."""
        card = {
            "model": self.model_name,
            "classes": self.classes,
            "seed": self.seed,
            "settings": asdict(self.settings),
            "network": None if self._network is None else self._network.config(),
            "head": None if self._head is None else self._head.config(),
        }
        weights: dict[str, Tensor] = {}
        for name, module in (("network", self._network), ("head", self._head)):
            if module is not None:
                weights |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        write_model(folder, card, weights)

    @classmethod
    def load(cls, folder: Path, *, device: str = "auto") -> Learner:
        """Read what `save` wrote; raises ModelFileError."""
        card, weights = read_model(folder)
        try:
            network = None
            if card["network"] is not None:
                network = build(card["model"], config=card["network"])
                network.load_state_dict(_part(weights, "network"))
            settings = _settings(card["settings"])
            head = None
            if card["head"] is not None:
                head = PixelHead(**card["head"])
                head.load_state_dict(_part(weights, "head"))
            learner = cls.__new__(cls)
            learner._begin(
                network, card["classes"], card["model"], pick_device(device), card["seed"], settings
            )
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ModelFileError(
                f"The model in {folder} does not fit this program: choose another version."
            ) from error
        learner._head = None if head is None else head.to(learner.device)
        return learner

    def _use_network(self, network: SegModel | None) -> None:
        """Take another network: all features are out of date."""
        self._network = network
        if network is not None:
            network.to(self.device).to(memory_format=torch.channels_last).eval()
        self._maker = FeatureMaker(
            network, self.device, tile=self.settings.tile, halo=self.settings.halo
        )
        self._cache.clear()
        for sample in self._samples.values():
            sample.pixels = None

    def _read_pixels(self, sample: Sample) -> Generator[None, None, None]:
        """Take the features of a sample's chosen pixels, from the tiles that hold some."""
        statistics = ImageStatistics.of(sample.image)
        height, width = sample.labels.shape
        rows, columns = np.divmod(sample.chosen, width)
        pixels = torch.empty((len(sample.chosen), self._maker.channels), dtype=torch.float16)
        for tile in self._maker.tiles(height, width):
            box = tile.core
            inside = (rows >= box.y0) & (rows < box.y1) & (columns >= box.x0) & (columns < box.x1)
            if not inside.any():
                continue
            features = yield from self._features(sample.image, tile, statistics, sample.key)
            places = (rows[inside] - box.y0) * box.width + columns[inside] - box.x0
            taken = features[:, torch.from_numpy(places).to(features.device)].T
            pixels[torch.from_numpy(inside)] = taken.cpu()
            yield
        sample.pixels = pixels

    def _features(
        self, image: Image, tile: Tile, statistics: ImageStatistics, key: str | None
    ) -> Generator[None, None, Tensor]:
        """Give the features of a tile, from memory where they are kept."""
        is_kept = key is not None and self._is_small(image)
        if is_kept and key is not None:
            kept = self._cache.get(key, image, tile)
            if kept is not None:
                return kept
        features = yield from self._maker.tile_steps(image, tile, statistics)
        if is_kept and key is not None:
            self._cache.put(key, image, tile, features)
        return features

    def _is_small(self, image: Image) -> bool:
        """Whether all features of the image fit into the memory for them."""
        pixels = image.shape[0] * image.shape[1]
        return 2 * pixels * self._maker.channels <= self.settings.cache_bytes


def _network(model: str, weights: str | None, seed: int) -> SegModel | None:
    if model == "filters":
        return None
    if model == "starter":
        return load_starter()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(model, weights=weights)


def _part(weights: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    start = f"{name}."
    return {key[len(start) :]: value for key, value in weights.items() if key.startswith(start)}


def _settings(values: Mapping[str, Any]) -> LearnerSettings:
    """Build settings from what a card holds; a setting that is no more is left out."""
    known = {item.name for item in fields(LearnerSettings)}
    plain = {key: value for key, value in values.items() if key in known}
    head = {item.name for item in fields(HeadSettings)}
    plain["head"] = HeadSettings(**{k: v for k, v in values["head"].items() if k in head})
    return LearnerSettings(**plain)


def _last(steps: Generator[None, None, Result]) -> Result:
    """Run steps to their end; give what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
