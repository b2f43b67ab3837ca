"""The speed of the learner's parts, beside the bare network."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from app.bench.frame import Figure, Options
from app.bench.scenes import LARGE, scene, write_scenes
from app.cli.workbench import Workbench, open_project
from app.document.images import load_image
from segmodels import Learner
from segmodels.annotator import UNLABELLED, SimulatedAnnotator, paint
from segmodels.device import fast_dtype
from segmodels.models import SegModel, build

MEGAPIXEL = (1000, 1000)


def measure_speed(options: Options) -> Iterator[Figure]:
    """Answers to a stroke, the head solve, a folder, a step of fine-tuning."""
    repeats = 2 if options.quick else 7
    yield from _answers(repeats)
    yield _head_solve(repeats)
    yield from _folder(2 if options.quick else 12)
    yield _memory(10 if options.quick else 200)
    yield from _fine_tuning(4 if options.quick else 20)


def _answers(repeats: int) -> Iterator[Figure]:
    """From the labels of an image to its new mask."""
    image, truth = scene(*MEGAPIXEL)
    labels = np.full_like(truth, UNLABELLED)
    paint(labels, SimulatedAnnotator().first_strokes(truth))
    learner = Learner(classes=3)

    def answer() -> None:
        learner.put_sample("a", image, labels)
        learner.solve_head()
        learner.predict(image, key="a")

    def answer_anew() -> None:
        learner.source = learner.source_of(learner.source.network)
        answer()

    anew = _median_seconds(answer_anew, repeats)
    cached = _median_seconds(answer, repeats)
    yield Figure("stroke end to new mask, 1 megapixel, features cached", cached, "s", 0.3)
    yield Figure("stroke end to new mask, 1 megapixel, features not cached", anew, "s", 1.0)


def _head_solve(repeats: int) -> Figure:
    """Solve again on 20,000 labelled pixels whose features are known, 12 classes."""
    image, _ = scene(200, 200)
    labels = np.full((200, 200), UNLABELLED, np.uint8)
    chosen = np.random.default_rng(0).choice(labels.size, 20_000, replace=False)
    labels.flat[chosen] = np.arange(20_000) % 12
    learner = Learner(classes=12)
    learner.put_sample("a", image, labels)
    taken = learner.solve_head().pixels
    seconds = _median_seconds(learner.solve_head, repeats)
    title = f"head solve, 20,000 labelled pixels ({taken:,} of them taken), 12 classes"
    return Figure(title, seconds, "s", 0.15)


def _folder(count: int) -> Iterator[Figure]:
    """Images a second from JPEG to PNG, as `predict` does it, and the bare network on the tiles."""
    learner = _taught_learner()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_scenes(Path(folder), LARGE, count=count, kind="jpg")
        with open_project(Path(folder)) as project:
            workbench = Workbench(project)
            list(workbench.workshop.install(learner))
            began = time.perf_counter()
            workbench.predict_all()
            ours = count / (time.perf_counter() - began)
        image = load_image(paths[0])
    yield Figure("folder prediction, 2000 x 1500 JPEGs to PNGs", ours, "image/s")
    network = learner.source.network
    if network is None:
        return
    network = network.for_inference(fast_dtype(learner.device.type)).eval()
    tiles = learner.source.tiles(image)
    title = "folder prediction over the bare network's forward"
    for boxes, what, budget in (
        ([tile.seen for tile in tiles], "on the tiles", 0.8),
        (sorted({tile.region for tile in tiles}, key=str), "on the regions", None),
    ):
        began = time.perf_counter()
        for box in boxes:
            _forward(network, torch.randn(1, 3, box.height, box.width), learner.device)
        bare = 1 / (time.perf_counter() - began)
        yield Figure(f"{title} {what}", ours / bare, "", budget, is_floor=True)


@torch.inference_mode()
def _forward(network: SegModel, x: Tensor, device: torch.device) -> None:
    dtype = fast_dtype(device.type)
    x = x.to(device).contiguous(memory_format=torch.channels_last)
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        network.features(x).flatten()[0].item()


def _fine_tuning(steps: int) -> Iterator[Figure]:
    """Steps a second as the learner trains, and of the bare network on tensors as large."""
    learner = _taught_learner()
    gaps: list[float] = []
    with _noted_inputs() as shapes:
        last, at = 0, time.perf_counter()
        for report in learner.train(steps=steps):
            now = time.perf_counter()
            if report.step > last:
                gaps.append(now - at)
            last, at = report.step, now
    if len(gaps) < 2 or not shapes:
        return
    # The first steps find out what the machine can do.
    ours = 1 / median(gaps[len(gaps) // 2 :])
    bare = 1 / _bare_step_seconds(shapes[-1], learner.device)
    yield Figure("fine-tuning steps", ours, "step/s")
    yield Figure(
        f"fine-tuning steps over the bare network's, batch {shapes[-1][0]} x {shapes[-1][2]} px",
        ours / bare,
        "",
        0.85,
        is_floor=True,
    )


def _bare_step_seconds(shape: torch.Size, device: torch.device) -> float:
    """Forward, cross-entropy, backward and AdamW on random tensors."""
    network = build("starter").to(device).to(memory_format=torch.channels_last).train()
    head = nn.Conv2d(network.feature_channels, 3, 1).to(device)
    parameters = [*network.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=1e-4)
    x = torch.randn(shape, device=device).contiguous(memory_format=torch.channels_last)
    y = torch.randint(0, 3, (shape[0], *shape[2:]), device=device)
    dtype = fast_dtype(device.type)

    def step() -> None:
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            scores = head(network.features(x))
        loss = functional.cross_entropy(scores.float(), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()

    step()
    return _median_seconds(step, 7)


@contextmanager
def _noted_inputs() -> Iterator[list[torch.Size]]:
    """The shapes of the images that a network is trained on."""
    shapes: list[torch.Size] = []

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if torch.is_grad_enabled() and isinstance(module, nn.Conv2d) and module.in_channels == 3:
            shapes.append(inputs[0].shape)

    handle = nn.modules.module.register_module_forward_pre_hook(note)
    try:
        yield shapes
    finally:
        handle.remove()


def _memory(count: int) -> Figure:
    """Measured in a process of its own: memory that this one has freed would be used again."""
    command = [sys.executable, "-m", "app.bench.learner_memory", str(count)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    budget = 3.0 if count == 200 else None
    title = f"memory: {count} painted 2000 x 1500 images"
    return Figure(title, float(done.stdout) / 1000, "GB", budget)


def _taught_learner() -> Learner:
    image, truth = scene(*MEGAPIXEL)
    labels = np.full_like(truth, UNLABELLED)
    annotator = SimulatedAnnotator()
    paint(labels, annotator.first_strokes(truth))
    paint(labels, annotator.corrections(truth, np.zeros_like(truth)))
    learner = Learner(classes=3)
    learner.put_sample("a", image, labels)
    learner.solve_head()
    return learner


def _median_seconds(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)
