"""The process that `bench faults` kills: it paints, undoes, saves and exports until it is gone."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np

from app.document import mounts
from app.document.edit import Edit, EditRecorder, apply_edit, revert_edit
from app.document.errors import PassphraseNeeded
from app.document.export import export
from app.document.history import History
from app.document.project import Project

NAME = "a.png"
SIZE = (150, 200)
PASSPHRASE = "correct horse battery staple"
Labels = np.ndarray


def state_of(labels: Labels, history: History) -> list[str]:
    """What is told of a state: checksum of the pixels and number of undo steps."""
    return [hashlib.sha1(labels.tobytes()).hexdigest(), str(len(history.entries()))]


def paint_forever(folder: Path, seed: int) -> None:
    """Print `asked STATE` before each commit, and `durable STATE` once it is on the disk."""
    try:
        project = Project.open(folder)
    except PassphraseNeeded:
        project = Project.open(folder, passphrase=PASSPHRASE)
    list(project.rescan())
    image_id = project.item_by_name(NAME).id
    layers, history = project.load_layers(image_id, SIZE)
    labels = layers.labels
    print("durable", *state_of(labels, history), flush=True)
    random = np.random.default_rng(seed)
    while True:
        kind = int(random.integers(0, 24))
        if kind == 0:
            list(export(project, "ids", folder.parent / "out", overwrite=True))
        elif kind == 1 and seed % 20 == 15:  # Loading torch takes seconds: not in every process.
            _publish(project, random)
        elif kind <= 3:
            project.checkpoint(image_id, labels.copy())
        elif kind <= 6 and history.undo_name:
            edit = history.undo()
            revert_edit(labels, edit)
            _say("asked", labels, history)
            project.commit_undo(image_id, edit)
        elif kind <= 8 and history.redo_name:
            edit = history.redo()
            apply_edit(labels, edit)
            _say("asked", labels, history)
            project.commit_redo(image_id, edit)
        elif (edit_or_none := stroke(labels, random)) is not None:
            history.push(edit_or_none)
            _say("asked", labels, history)
            project.commit_edit(image_id, edit_or_none)
        if project.flush():
            _say("durable", labels, history)


def _publish(project: Project, random: np.random.Generator) -> None:
    """What the engine writes when it publishes, without its training."""
    import torch

    from segmodels.storage import set_codec, write_model

    set_codec(mounts.sealed, mounts.opened)
    name = f"v{random.integers(1, 4):04d}"
    write_model(project.models_folder / name, {"name": name}, {"weight": torch.ones(20_000)})
    project.add_version(name)


def stroke(labels: Labels, random: np.random.Generator) -> Edit | None:
    """Paint a random square of (H, W) uint8 labels; None when nothing changed."""
    x, y = int(random.integers(0, SIZE[1] - 20)), int(random.integers(0, SIZE[0] - 20))
    recorder = EditRecorder(labels)
    recorder.touch(x, y, x + 20, y + 20)
    labels[y : y + 20, x : x + 20] = random.integers(0, 7)
    return recorder.commit("Brush")


def _say(word: str, labels: Labels, history: History) -> None:
    print(word, *state_of(labels, history), flush=True)


if __name__ == "__main__":
    paint_forever(Path(sys.argv[1]), int(sys.argv[2]))
