"""The learner: put in images and painted pixels, take out masks. One network, two speeds."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from segmodels.atlas import Atlas
from segmodels.averaging import Averaging, averaged_steps
from segmodels.device import pick_device
from segmodels.downloading import Download
from segmodels.drawing import Drawing
from segmodels.errors import ModelFileError, ModelNotBuilt, NothingToLearn
from segmodels.feature_source import FeatureSource
from segmodels.finetuning.course import Course
from segmodels.finetuning.holdout import Grouping
from segmodels.finetuning.settings import TrainReport, TrainSettings
from segmodels.fusion import FusedHead, Groups, solve_fused_steps
from segmodels.head import PixelHead
from segmodels.learner_settings import DEFAULTS, HeadReport, LearnerSettings
from segmodels.models import SegModel, build
from segmodels.models.starter import load_starter
from segmodels.predicting import Assembly, tiled_steps
from segmodels.prediction import (
    MOST_CLASSES,
    Image,
    Labels,
    Prediction,
    TellPart,
    check_image,
    check_labels,
    tell_nobody,
)
from segmodels.samples import HeadSample, Sample, gather
from segmodels.shortage import where_it_fits
from segmodels.steady import SteadyHead
from segmodels.steps import run
from segmodels.storage import read_model, write_model
from segmodels.tiles import Box

_NO_KEY = ""
"""Features of an image without a key are kept while it is predicted."""


class Learner:
    """Learns a segmentation from painted pixels. Not thread-safe: one thread owns it.

    `model` is `starter`, `filters` (no network) or any name that `models.build` knows; `weights`
    is None (random) or "imagenet" where a model has such, which blocks while they are downloaded;
    `download` tells how far that is, and stops it. `device` is `auto`, `cpu`, `cuda`... Raises
    ModelNotBuilt, DownloadError, DownloadCancelled.
    """

    def __init__(
        self,
        *,
        classes: int,
        model: str = "starter",
        weights: str | None = None,
        device: str = "auto",
        seed: int = 0,
        settings: LearnerSettings = DEFAULTS,
        download: Download | None = None,
    ) -> None:
        network = _network(model, weights, seed, download)
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
        settings: LearnerSettings = DEFAULTS,
    ) -> Learner:
        """Take a network that knows classes already; strokes add to what it knows.

        `class_layer`: weight (k, D) and bias (k,) on the network's features; its k-th class becomes
        `class_ids[k]`.
        """
        network.norms_fit = True
        learner = cls.__new__(cls)
        classes = max(class_ids) + 1
        learner._begin(network, classes, model_name, pick_device(device), 0, settings)
        hidden = settings.head.hidden if settings.head.kind == "mlp" else 0
        channels = learner.source.channels
        head = PixelHead(channels, classes, hidden=hidden, has_base=True)
        assert head.base is not None
        torch.nn.init.zeros_(head.last.weight)
        ids = torch.tensor(class_ids)
        head.base.weight[ids[:, None], learner.source.learned_channels] = class_layer[0]
        head.base.bias[ids] = class_layer[1]
        head.base.known[ids] = True
        head.seen.copy_(head.base.known)
        learner._head = FusedHead([torch.arange(channels)], [head]).to(learner.device)
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
        self.revision = 0
        self.grouping: Grouping = str
        self._samples: dict[str, Sample] = {}
        self._head: FusedHead | None = None
        self._steady = SteadyHead()
        self._first_data: HeadSample | None = None
        self._course: Course | None = None
        self._drawing = Drawing()
        self.source = self.source_of(network)
        self.set_classes(classes)

    @property
    def can_predict(self) -> bool:
        """Whether there is a head: solved, trained or loaded."""
        return self._head is not None

    @property
    def head(self) -> FusedHead | None:
        """The head in use, or None."""
        return self._head

    @property
    def samples(self) -> Mapping[str, Sample]:
        """The images with labelled pixels, by key."""
        return MappingProxyType(self._samples)

    def set_classes(self, classes: int) -> None:
        """Make room for more classes, at most 254; what was learned of the others stays."""
        if not max(self.classes, 1) <= classes <= MOST_CLASSES:
            raise ValueError(f"classes can only grow, up to {MOST_CLASSES}: {classes}")
        if classes == self.classes:
            return
        self.classes = classes
        self.revision += 1
        self._drawing = Drawing()
        if self._head is not None:
            self._steady = self._steady.renumbered(range(self._head.classes), classes)
            self._head = self._head.with_classes(classes)

    def set_grouping(self, grouping: Grouping) -> None:
        """Hold images out together that belong to one group, as a patient's."""
        self.grouping = grouping
        self.revision += 1

    def set_training(self, settings: TrainSettings) -> None:
        """Fine-tune by these settings from now on, in a new course; `save` keeps them."""
        self.settings = replace(self.settings, train=settings)
        self._course = None

    def renumber(self, ids: Sequence[int], classes: int) -> None:
        """Class k of this model is now `ids[k]` of `classes` in all; put its samples anew.

        What it knows of a class whose id is -1 is dropped, and the whole head when it knows less
        than two then; so is what was trained since the network in use was published.
        """
        kept = [number for number in ids if number != -1]
        if len(ids) != self.classes or len(set(kept)) != len(kept):
            raise ValueError("each class of a model needs an id of its own")
        if not kept or min(kept) < 0 or not max(kept) < classes <= MOST_CLASSES:
            raise ValueError(f"ids must be below {classes}, of {MOST_CLASSES} at most: {ids}")
        self.classes = classes
        self.revision += 1
        self._samples.clear()
        self._first_data = self._course = None
        self._drawing = Drawing()
        if self._head is not None:
            self._head = self._head.renumbered(ids, classes)
            self._steady = self._steady.renumbered(ids, classes)
            if len(self._head.known_classes) < 2:
                self._head, self._steady = None, SteadyHead()

    def take_samples(self, other: Learner) -> None:
        """Learn from the samples of another learner from now on; nothing is solved yet."""
        self.set_classes(max(self.classes, other.classes))
        self._samples = dict(other._samples)
        self.revision += 1

    def put_sample(self, key: str, image: Image, labels: Labels) -> None:
        """Learn from these labels of an image from now on, in place of earlier ones of that key.

        `image` (H, W, 3) uint8 is kept, not copied: do not write to it. `labels` (H, W) uint8 is
        copied; 255 = unlabelled, and an image without a label is removed.
        """
        check_image(image)
        check_labels(labels, image, self.classes)
        sample = Sample.of(key, image, labels)
        if sample.chosen.size:
            self._samples[key] = sample
            self.revision += 1
        else:
            self.remove_sample(key)

    def remove_sample(self, key: str) -> None:
        """Learn from that image no more."""
        if self._samples.pop(key, None) is not None:
            self._steady.clear()
            self._first_data = None
            self._drawing = Drawing()
            self.revision += 1

    def solve_head(self) -> HeadReport:
        """Fit the head to all labelled pixels: the fast path.

        Raises NothingToLearn when fewer than two classes are painted.
        """
        return run(self.solve_head_steps())

    def solve_head_steps(self) -> Generator[None, None, HeadReport]:
        """Same as `solve_head`, yielding after each part of an image's features."""
        return where_it_fits(self, self._solve_head_steps)

    def _solve_head_steps(self) -> Generator[None, None, HeadReport]:
        start = time.perf_counter()
        seen = {value for sample in self._samples.values() for value in sample.classes}
        if not seen:
            raise NothingToLearn("Nothing is painted yet: paint a few strokes of each class.")
        has_base = self._head is not None and self._head.has_base
        if len(seen) == 1 and not has_base:
            raise NothingToLearn("Only one class is painted: paint a stroke of another one too.")
        source, head, loss = None, None, 0.0
        while source is not self.source:  # again when a network was published in between
            source = self.source
            data = yield from self._head_sample(source)
            head, loss = yield from self._solved(data, source, self._head)
        assert head is not None
        self._take_head(head, data)
        seconds = time.perf_counter() - start
        return HeadReport(len(data.labels), tuple(sorted(seen)), loss, seconds)

    def predict(self, image: Image, *, key: str | None = None) -> Prediction:
        """Predict (H, W, 3) uint8; `key` keeps its features for the next time."""
        return run(self.predict_steps(image, key=key))

    def predict_steps(
        self,
        image: Image,
        *,
        key: str | None = None,
        first: tuple[int, int, int, int] | None = None,
        averaging: Averaging = "off",
        tell: TellPart = tell_nobody,
    ) -> Generator[None, None, Prediction]:
        """Same as `predict`, yielding after each part of a tile.

        `first` = x0, y0, x1, y1 is predicted before the rest, and `tell` is called with each box
        that is ready and its prediction; `averaging` over flips (or more) takes as often the time,
        and remembers no features. When a GPU has too little memory, the learner moves to the CPU,
        and the parts are told anew. Raises NothingToLearn when there is no head yet, and
        NotEnoughMemory.
        """
        check_image(image)
        box = Box(*first) if first else None
        return where_it_fits(self, lambda: self._predict_steps(image, key, box, averaging, tell))

    def _predict_steps(
        self, image: Image, key: str | None, first: Box | None, averaging: Averaging, tell: TellPart
    ) -> Generator[None, None, Prediction]:
        # Where strokes are, the newest head is shown, which they were learned by.
        is_painted = key is not None and key in self._samples
        head = self._head if is_painted else (yield from self._head_for_others())
        source = self.source
        if head is None:
            raise NothingToLearn("The model has learned nothing yet: paint a few strokes.")
        framing = self._drawing.framing_of(image, key, head)
        assembly = Assembly(image, tell, framing)
        if averaging != "off":
            return (yield from averaged_steps(source, head, assembly, averaging, first=first))
        own_key = _NO_KEY if key is None else key
        try:
            return (yield from tiled_steps(source, head, assembly, own_key, first=first))
        finally:
            if key is None:
                source.forget(own_key)

    def train(
        self, *, seconds: float | None = None, steps: int | None = None
    ) -> Iterator[TrainReport]:
        """Fine-tune the network on the labelled pixels: the slow path, one report a slice.

        Ends when nothing more is gained, after `seconds`, or after `steps`. Stopping is safe at
        any report, and the next call goes on from there; samples may change between two reports.
        A better network comes into use by itself (`is_published`), with its head solved. Raises
        NothingToLearn when fewer than two classes are painted, or the model cannot be trained.
        """
        network = self.source.network
        if network is not None and network.is_frozen:
            raise NothingToLearn(f"{self.model_name} is used as it is: only its head learns.")
        return where_it_fits(self, lambda: self._train(seconds, steps))

    def _train(
        self, seconds: float | None, steps: int | None
    ) -> Generator[TrainReport, None, None]:
        while True:
            if self._course is None:
                network = self.source.network or self._new_network()
                self._course = Course(self, self.settings.train, network)
            course = self._course
            for report in course.reports(seconds=seconds, steps=steps):
                yield report
                if self._course is not course:
                    break  # the learner has moved: a new course begins
            else:
                return

    def move_to(self, device: torch.device) -> None:
        """Compute on another device from now on; what is in training there is dropped."""
        self.device = device
        self.source = self.source_of(self.source.network)
        self._head = None if self._head is None else self._head.to(device)
        self._steady = self._steady.to(device)
        self._course = None

    def source_of(self, network: SegModel | None) -> FeatureSource:
        """Give the features by a network, which need not be the one in use."""
        settings = self.settings
        return FeatureSource(
            network,
            self.device,
            tile=settings.tile,
            halo=settings.halo,
            cache_bytes=settings.cache_bytes,
        )

    def draw_steps(self) -> Generator[None, None, bool]:
        """See whether the painted images' masks can be carried over to others; gives whether that
        came into use, or went.
        """
        head = yield from self._head_for_others()
        if head is None or head.has_base:
            return False  # a head that is solved without what a published model knows is no rival
        return (yield from self._drawing.steps(self, self._samples, head))

    def publish_steps(self, source: FeatureSource) -> Generator[None, None, None]:
        """Use the network of `source` from now on: its head is solved first, so that at any time
        there is a network and a head that fit.
        """
        data = yield from self._head_sample(source)
        # From the head in use, whose features were much the same: a head solved from nothing has
        # had fewer iterations, and would change the masks more than the network does.
        head, _ = yield from self._solved(data, source, self._head)
        if self.source.network is None:
            self.model_name = "starter"
        assert source.network is not None
        source.network.norms_fit = True
        self.source = source
        self._take_head(head, data)

    def save(self, folder: Path, about: Mapping[str, Any] | None = None) -> None:
        """Write the model (not the samples) to a folder: weights.safetensors and model.json.

        `about` is plain JSON for whoever reads the card.
        """
        run(self._head_for_others())
        network, steady = self.source.network, self._steady.head
        card = {
            "model": self.model_name,
            "classes": self.classes,
            "about": dict(about or {}),
            "seed": self.seed,
            "settings": asdict(self.settings),
            "learned_from": {key: sample.labelled for key, sample in self._samples.items()},
            "network": None if network is None else network.config(),
            "head": None if self._head is None else self._head.config(),
            "steady": None if steady is None else {"weight": self._steady.weight},
        }
        weights: dict[str, Tensor] = {}
        if (atlas := self._drawing.atlas) is not None:
            card["atlas"] = [page.key for page in atlas.pages]
            weights |= {f"atlas.{key}": value for key, value in atlas.tensors().items()}
        for name, module in (("network", network), ("head", self._head), ("steady", steady)):
            if module is not None:
                weights |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        write_model(Path(folder), card, weights)

    @classmethod
    def load(cls, folder: Path | str, *, device: str = "auto") -> Learner:
        """Read what `save` wrote; raises ModelFileError."""
        card, weights = read_model(Path(folder))
        learner = cls.__new__(cls)
        try:
            network = head = None
            steady = SteadyHead()
            if card["network"] is not None:
                network = build(card["model"], config=card["network"])
                network.load_state_dict(_part(weights, "network"))
                network.norms_fit = True
            if card["head"] is not None:
                head = _head(card, weights, "head")
                # Not in models of earlier programs.
                if card.get("steady"):
                    mean = _head(card, weights, "steady")
                    steady = SteadyHead(mean, float(card["steady"]["weight"]))
            settings = LearnerSettings.from_dict(card["settings"])
            learner._begin(
                network, card["classes"], card["model"], pick_device(device), card["seed"], settings
            )
            if keys := card.get("atlas"):
                drawn = Atlas.from_tensors(_part(weights, "atlas"), keys, card["classes"])
                learner._drawing = Drawing(drawn)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ModelFileError(
                f"The model in {folder} does not fit this program: choose another version."
            ) from error
        if head is not None:
            head = head.to(learner.device)
            everything = [torch.arange(learner.source.channels, device=learner.device)]
            # A head of other features (of an earlier program) would see the wrong ones.
            if head.sees(everything if head.has_base else learner.source.groups()):
                learner._head = head
                learner._steady = steady.to(learner.device)
        return learner

    def _head_sample(self, source: FeatureSource) -> Generator[None, None, HeadSample]:
        """Gather the labelled pixels of all samples, with the features of `source`."""
        pixels = yield from source.labelled_steps(list(self._samples.values()))
        return gather(pixels, limit=self.settings.head_pixels, seed=self.seed)

    def _solved(
        self, data: HeadSample, source: FeatureSource, start: FusedHead | None
    ) -> Generator[None, None, tuple[FusedHead, float]]:
        groups: Groups = source.groups()
        if start is not None and start.has_base:
            groups = [group for group, _ in start.parts()]  # what it knows is tied to all of them
        return solve_fused_steps(
            data.to(self.device),
            groups,
            classes=self.classes,
            settings=self.settings.head,
            start=start,
            seed=self.seed,
        )

    def _take_head(self, head: FusedHead, data: HeadSample) -> None:
        """Use a head that was solved on `data`, which is of the samples."""
        self._head = head
        self._steady.add(head, len(self._samples))
        self._first_data = data if len(self._samples) == 1 and not head.has_base else None

    def _head_for_others(self) -> Generator[None, None, FusedHead | None]:
        """Give the head for images without strokes.

        Where the strokes of a single image happen to lie says little of other images: while one is
        painted, these get a head that is blind to position, solved at the first call.
        """
        while (data := self._first_data) is not None:
            position = self.source.position_channels
            head, _ = yield from self._solved(data.without(position), self.source, None)
            head.ignore(position)
            if self._first_data is data:
                self._first_data = None
                self._steady.begin(head)
        return self._steady.head or self._head

    def _new_network(self) -> SegModel:
        """Give an untrained starter network, for a learner that has none."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = build("starter")
        return network.to(self.device).to(memory_format=torch.channels_last)


def _network(
    model: str, weights: str | None, seed: int, download: Download | None
) -> SegModel | None:
    if weights is not None and model in ("filters", "starter"):
        raise ModelNotBuilt(f"The model {model} comes as it is: no other weights are published.")
    if model == "filters":
        return None
    if model == "starter":
        return load_starter()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(model, weights=weights, download=download)


def _head(card: Mapping[str, Any], weights: Mapping[str, Tensor], name: str) -> FusedHead:
    head = FusedHead.from_config(card["head"])  # all heads of a model have one shape
    head.load_state_dict(_part(weights, name))
    return head


def _part(weights: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    start = f"{name}."
    return {key[len(start) :]: value for key, value in weights.items() if key.startswith(start)}
