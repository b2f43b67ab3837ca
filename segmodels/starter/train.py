"""Make the starter weights: `python -m segmodels.starter.train --out FOLDER --minutes 60`.

Writes checkpoint.pt, curve.jsonl, starter.safetensors (the EMA weights) and starter.json (how they
were made) into FOLDER. With --resume it goes on from the checkpoint.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from dataclasses import asdict
from pathlib import Path

import cv2
import torch
from safetensors.torch import save_file

from segmodels.starter.network import StarterConfig
from segmodels.starter.solve import Batch
from segmodels.starter.training import (
    EpisodeSource,
    Trainer,
    TrainSettings,
    batches,
    companions_alone,
    held_out_batches,
    save_checkpoint,
    training_families,
)

logger = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Train by the command line; gives the exit code."""
    options = _parser().parse_args(arguments)
    if options.steps is None and options.minutes is None:
        _parser().error("Give --steps or --minutes.")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    without = tuple(name for name in options.without.split(",") if name)
    settings = TrainSettings(
        seed=options.seed, learning_rate=options.learning_rate, without=without
    )
    widths = tuple(int(width) for width in options.widths.split(","))
    config = StarterConfig(widths=widths)
    run(
        Path(options.out),
        Trainer(settings, config, options.device),
        steps=options.steps,
        minutes=options.minutes,
        resume=options.resume,
        workers=options.workers,
        report_every=options.report_every,
    )
    return 0


def run(
    folder: Path,
    trainer: Trainer,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    resume: bool = False,
    workers: int = 1,
    report_every: int = 200,
    held_out_count: int = 16,
) -> Trainer:
    """Train until `steps` or `minutes` (of this and resumed runs together) are over."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, curve = folder / "checkpoint.pt", folder / "curve.jsonl"
    if resume and checkpoint.exists():
        trainer.restore(torch.load(checkpoint, map_location=trainer.device, weights_only=True))
        logger.info("goes on from step %d", trainer.step_count)
    else:
        curve.write_text("", encoding="utf-8")
    settings = trainer.settings
    families = training_families(settings.without)
    held_out = {"seen": held_out_batches(families, count=held_out_count)}
    if settings.without:
        held_out["unseen"] = held_out_batches(settings.without, count=held_out_count)
    bars = {name: companions_alone(kept) for name, kept in held_out.items()}
    logger.info("companions alone: %s", bars)
    source = batches(EpisodeSource(settings.seed, families), trainer.step_count, workers=workers)
    started = time.monotonic() - trainer.elapsed
    recent: list[float] = []

    def progress() -> float:
        trainer.elapsed = time.monotonic() - started
        by_steps = trainer.step_count / steps if steps else 0.0
        by_time = trainer.elapsed / (60 * minutes) if minutes else 0.0
        return max(by_steps, by_time)

    while (done := progress()) < 1:
        recent.append(trainer.step(next(source), done))
        if trainer.step_count % report_every == 0:
            _report(folder, trainer, held_out, bars, recent, done)
            recent.clear()
            save_checkpoint(trainer, checkpoint)
            export(trainer, folder, bars)
    save_checkpoint(trainer, checkpoint)
    if recent:
        _report(folder, trainer, held_out, bars, recent, 1.0)
    export(trainer, folder, bars)
    return trainer


def _report(
    folder: Path,
    trainer: Trainer,
    held_out: dict[str, list[Batch]],
    bars: dict[str, float],
    recent: list[float],
    done: float,
) -> None:
    row = {
        "step": trainer.step_count,
        "minutes": round(trainer.elapsed / 60, 2),
        "learning_rate": trainer.learning_rate(done),
        "loss": sum(recent) / len(recent),
        "bad_steps": trainer.bad_steps,
    }
    for name, kept in held_out.items():
        loss, score = trainer.validate(kept)
        row[f"{name}_loss"], row[f"{name}_iou"] = loss, score
        row[f"{name}_gain"] = score - bars[name]
    with (folder / "curve.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    logger.info("%s", json.dumps({key: round(value, 5) for key, value in row.items()}))


def export(trainer: Trainer, folder: Path, bars: dict[str, float]) -> None:
    """Write the EMA weights as float16 safetensors, and the card beside them."""
    weights = {
        # float16 halves the file. The norms' statistics stay: some are far beyond its 65504.
        name: (value.half() if value.ndim == 4 else value).contiguous()
        for name, value in trainer.ema.state_dict().items()
    }
    aside = folder / "starter.safetensors.tmp"
    save_file(weights, aside)
    aside.replace(folder / "starter.safetensors")
    rows = (folder / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    card = {
        "name": "starter",
        "config": trainer.config.to_dict(),
        "input": "RGB, standardised per image by segmodels.starter.network.standardise",
        "licence": "BSD-3-Clause, as the program",
        "made_by": "python -m segmodels.starter.train",
        "made_on": "procedural scenes of segmodels/starter only; no photograph, no other weights",
        "seed": trainer.settings.seed,
        "settings": asdict(trainer.settings),
        "steps": trainer.step_count,
        "minutes": round(trainer.elapsed / 60, 1),
        "device": str(trainer.device),
        "companions_alone_iou": bars,
        "curve": [json.loads(row) for row in rows],
    }
    (folder / "starter.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m segmodels.starter.train", description=__doc__)
    parser.add_argument("--out", required=True, help="folder to write into")
    parser.add_argument("--steps", type=int, help="stop after so many steps")
    parser.add_argument("--minutes", type=float, help="stop after so much time; sets the schedule")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from FOLDER/checkpoint.pt")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--widths", default="16,32,48,96,128,160")
    parser.add_argument("--without", default="", help="scene families to keep for validation")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw scenes")
    parser.add_argument("--report-every", type=int, default=200, help="steps")
    parser.add_argument("--device", default="cpu")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
