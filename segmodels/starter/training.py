"""Training the starter network through the head solve: one step, its schedule, its checkpoint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from segmodels.starter.episodes import SIZES, Episodes, sample_episodes
from segmodels.starter.network import StarterConfig, StarterNet, standardise
from segmodels.starter.scenes import FAMILIES
from segmodels.starter.solve import Batch, EpisodeLoss, mean_iou

VALIDATION_SEED = 1_000_003
DEFAULT_CONFIG = StarterConfig()


@dataclass(frozen=True)
class TrainSettings:
    """Settings of a run; `progress` 0..1 is given by the caller, by steps or by minutes."""

    seed: int = 0
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.02
    frozen_norms: float = 0.15
    """The last share of the run, with BatchNorm as it will be in use: by running statistics."""
    ema_decay: float = 0.998
    clip: float = 1.0
    without: tuple[str, ...] = ()
    """Families kept away from training, to be validated on."""


class EpisodeSource(Dataset[Batch]):
    """The batch of step i depends on the seed and i alone, so that a run can be resumed exactly."""

    def __init__(self, seed: int, families: tuple[str, ...]) -> None:
        self.seed = seed
        self.families = families

    def __getitem__(self, step: int) -> Batch:
        """Give the batch of a step."""
        rng = np.random.default_rng([self.seed, step])
        size, count = SIZES[int(rng.integers(len(SIZES)))]
        return to_batch(sample_episodes(rng, size=size, count=count, families=self.families))


def to_batch(episodes: Episodes) -> Batch:
    """Give `Episodes` as tensors that share their memory."""
    return Batch(**{f.name: torch.from_numpy(getattr(episodes, f.name)) for f in fields(episodes)})


def batches(source: EpisodeSource, first_step: int, *, workers: int) -> Iterator[Batch]:
    """Give the batches of `first_step`, `first_step` + 1, ... without end."""

    def steps() -> Iterator[int]:
        step = first_step
        while True:
            yield step
            step += 1

    if workers == 0:
        return (source[step] for step in steps())
    loader = DataLoader(
        source,
        batch_size=None,
        sampler=_Endless(first_step),
        num_workers=workers,
        prefetch_factor=8,
        worker_init_fn=_calm_worker,
        # A forked process hangs in OpenCV's thread pool, if its parent has used that.
        multiprocessing_context="spawn",
    )
    return iter(loader)


class _Endless:
    """A sampler that counts up for ever."""

    def __init__(self, first: int) -> None:
        self.first = first

    def __iter__(self) -> Iterator[int]:
        step = self.first
        while True:
            yield step
            step += 1


def _calm_worker(worker: int) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


class Trainer:
    """The state of a run: network, loss, optimiser, EMA network, step."""

    def __init__(
        self,
        settings: TrainSettings,
        config: StarterConfig = DEFAULT_CONFIG,
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.config = config
        self.device = torch.device(device)
        self.net = StarterNet(config).to(self.device).to(memory_format=torch.channels_last)
        self.loss = EpisodeLoss().to(self.device)
        self.ema = StarterNet(config).to(self.device).to(memory_format=torch.channels_last).eval()
        self.ema.load_state_dict(self.net.state_dict())
        plain = [p for p in self.net.parameters() if p.ndim > 1]
        other = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": plain, "weight_decay": settings.weight_decay},
                {"params": [*other, *self.loss.parameters()], "weight_decay": 0.0},
            ],
            lr=settings.learning_rate,
            betas=(0.9, 0.99),
        )
        self.step_count = 0
        self.elapsed = 0.0
        self.bad_steps = 0

    def learning_rate(self, progress: float) -> float:
        """Give the rate of a linear warm-up and a half cosine down to 1 % of the peak."""
        peak, warm_up = self.settings.learning_rate, self.settings.warm_up
        if progress < warm_up:
            return peak * (0.02 + 0.98 * progress / warm_up)
        rest = min(1.0, (progress - warm_up) / (1 - warm_up))
        return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * rest)))

    def step(self, batch: Batch, progress: float) -> float:
        """Learn from one batch; gives its loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate(progress)
        self.net.train(progress < 1 - self.settings.frozen_norms)
        batch = _move(batch, self.device)
        loss = self.loss(self._levels(self.net, batch.images), batch)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.net.parameters(), self.settings.clip)
        if torch.isfinite(norm):
            self.optimiser.step()
        else:
            self.bad_steps += 1
        self._average()
        self.step_count += 1
        return float(loss.detach())

    @torch.no_grad()
    def validate(self, held_out: list[Batch]) -> tuple[float, float]:
        """Give the EMA network's mean loss and mean IoU on batches that were never learned from."""
        losses, scores = [], []
        for batch in held_out:
            batch = _move(batch, self.device)
            levels = self._levels(self.ema, batch.images)
            losses.append(float(self.loss(levels, batch)))
            scores.append(mean_iou(self.loss.scores(levels, batch), batch))
        return float(np.mean(losses)), float(np.mean(scores))

    def state(self) -> dict[str, Any]:
        """Give everything that `restore` needs."""
        return {
            "settings": asdict(self.settings),
            "config": self.config.to_dict(),
            "net": self.net.state_dict(),
            "ema": self.ema.state_dict(),
            "loss": self.loss.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step_count": self.step_count,
            "elapsed": self.elapsed,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.net.load_state_dict(state["net"])
        self.ema.load_state_dict(state["ema"])
        self.loss.load_state_dict(state["loss"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step_count = int(state["step_count"])
        self.elapsed = float(state["elapsed"])

    def _levels(self, net: StarterNet, images: Tensor) -> list[tuple[Tensor, int]]:
        x = standardise(images).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16):
            return net.levels(x)

    @torch.no_grad()
    def _average(self) -> None:
        # Early on the average must be short, or it would drag the random start along.
        decay = min(self.settings.ema_decay, (1 + self.step_count) / (10 + self.step_count))
        new = self.net.state_dict()
        for name, value in self.ema.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(new[name], 1 - decay)
            else:
                value.copy_(new[name])


def held_out_batches(families: tuple[str, ...], *, count: int) -> list[Batch]:
    """Draw batches to validate on, from seeds that training never uses."""
    drawn = []
    for number in range(count):
        rng = np.random.default_rng([VALIDATION_SEED, number])
        drawn.append(to_batch(sample_episodes(rng, size=160, count=4, families=families)))
    return drawn


@torch.no_grad()
def companions_alone(held_out: list[Batch]) -> float:
    """Give the mean IoU that the companions reach without the network: the bar to clear."""
    loss = EpisodeLoss()
    return float(np.mean([mean_iou(loss.scores([], batch), batch) for batch in held_out]))


def training_families(without: tuple[str, ...]) -> tuple[str, ...]:
    """Give all families but those; raises ValueError for a family that does not exist."""
    unknown = set(without) - set(FAMILIES)
    if unknown:
        raise ValueError(f"No scene family is called {', '.join(sorted(unknown))}.")
    return tuple(name for name in FAMILIES if name not in without)


def save_checkpoint(trainer: Trainer, path: Path) -> None:
    """Write the trainer's state aside, then replace `path`."""
    aside = path.with_suffix(".tmp")
    torch.save(trainer.state(), aside)
    aside.replace(path)


def _move(batch: Batch, device: torch.device) -> Batch:
    return Batch(**{f.name: getattr(batch, f.name).to(device) for f in fields(batch)})
