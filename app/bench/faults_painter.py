"""The process that `bench faults` kills: it paints, publishes, exports, compacts until it is gone.

What it does is told through a pipe: `asked STATE` before each commit, `durable STATE` once it is on
the disk, `begin PHASE TIME` and `end PHASE TIME` around the work that a kill should meet.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

import numpy as np

from app.document import compaction, mounts, storage
from app.document.compaction import UndoLimit
from app.document.edit import Edit, EditRecorder, apply_edit, revert_edit
from app.document.errors import PassphraseNeeded
from app.document.export import export
from app.document.history import History
from app.document.project import Project

NAME = "a.png"
SIZE = (150, 200)
PASSPHRASE = "correct horse battery staple"
LIMIT = UndoLimit(edits=8)
"""So small that every opening in here compacts."""
PHASES = ("painting", "publishing", "exporting", "compacting")
WEIGHTS = 200_000
"""Numbers in a published model."""
_STROKES_BEFORE_COMPACTING = 40
Labels = np.ndarray


def state_of(labels: Labels, history: History) -> list[str]:
    """What is told of a state, and is the same before and after a compaction by `LIMIT`.

    A checksum of the pixels as they are, of those after undoing what must stay, and of those after
    redoing everything; and how many such steps there are.
    """
    entries = history.entries()
    done = [entry.edit for entry in entries if not entry.is_undone][-LIMIT.edits :]
    undone = [entry.edit for entry in entries if entry.is_undone]
    earlier, later = labels.copy(), labels.copy()
    for edit in reversed(done):
        revert_edit(earlier, edit)
    for edit in undone:
        apply_edit(later, edit)
    digest = hashlib.sha1(b"".join(state.tobytes() for state in (labels, earlier, later)))
    return [digest.hexdigest(), f"{len(done)}+{len(undone)}"]


def paint_forever(folder: Path, seed: int, phase: str, pipe: Connection) -> None:
    """Paint; and, unless that is the phase, every few strokes do what `phase` names."""
    # As if the file were large: its space is given back, too.
    with mock.patch.object(compaction, "LEAST_FREED", 1):
        painter = _Painter(folder, seed, pipe)
        work = {
            "painting": painter.paint,
            "publishing": painter.publish,
            "exporting": painter.export,
            "compacting": painter.compact,
        }[phase]
        while True:
            painter.paint()
            work()


class _Painter:
    def __init__(self, folder: Path, seed: int, pipe: Connection) -> None:
        self._folder = folder
        self._pipe = pipe
        self._random = np.random.default_rng(seed)
        self._open()
        self._say("durable")

    def paint(self) -> None:
        """Commit something, or write the label PNG, and wait until it is on the disk."""
        kind = int(self._random.integers(0, 24))
        if kind <= 2:
            self._project.checkpoint(self._image_id, self._labels.copy())
        elif kind <= 5 and self._history.undo_name:
            edit = self._history.undo()
            revert_edit(self._labels, edit)
            self._say("asked")
            self._project.commit_undo(self._image_id, edit)
        elif kind <= 7 and self._history.redo_name:
            edit = self._history.redo()
            apply_edit(self._labels, edit)
            self._say("asked")
            self._project.commit_redo(self._image_id, edit)
        else:
            self._stroke()
        if self._project.flush():
            self._say("durable")

    def publish(self) -> None:
        """What the engine writes when it publishes, without its training."""
        import torch

        from segmodels.storage import set_codec, write_model

        set_codec(mounts.sealed, mounts.opened)
        name = f"v{self._random.integers(1, 4):04d}"
        weights = {"weight": torch.ones(WEIGHTS)}
        with self._phase("publishing"):
            write_model(self._project.models_folder / name, {"name": name}, weights)
        self._project.add_version(name)

    def export(self) -> None:
        """Replace the last export."""
        with self._phase("exporting"):
            list(export(self._project, "ids", self._folder.parent / "out", overwrite=True))

    def compact(self) -> None:
        """Paint more than the journal keeps, close, and open again."""
        for _ in range(_STROKES_BEFORE_COMPACTING):
            self._stroke()
        self._project.close()
        self._say("durable")
        self._open()

    def _open(self) -> None:
        real = storage.compact

        def compact(*arguments: object) -> int:
            with self._phase("compacting"):
                return real(*arguments)  # type: ignore[arg-type]

        with mock.patch.object(storage, "compact", compact):
            try:
                self._project = Project.open(self._folder, undo_limit=LIMIT)
            except PassphraseNeeded:
                self._project = Project.open(self._folder, undo_limit=LIMIT, passphrase=PASSPHRASE)
        list(self._project.rescan())
        self._image_id = self._project.item_by_name(NAME).id
        layers, self._history = self._project.load_layers(self._image_id, SIZE)
        self._labels = layers.labels

    def _stroke(self) -> None:
        edit = stroke(self._labels, self._random)
        if edit is not None:
            self._history.push(edit)
            self._say("asked")
            self._project.commit_edit(self._image_id, edit)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        self._pipe.send_bytes(f"begin {name} {time.monotonic()}".encode())
        yield
        self._pipe.send_bytes(f"end {name} {time.monotonic()}".encode())

    def _say(self, word: str) -> None:
        self._pipe.send_bytes(" ".join([word, *state_of(self._labels, self._history)]).encode())


def stroke(labels: Labels, random: np.random.Generator) -> Edit | None:
    """Paint a random square of (H, W) uint8 labels; None when nothing changed."""
    x, y = int(random.integers(0, SIZE[1] - 20)), int(random.integers(0, SIZE[0] - 20))
    recorder = EditRecorder(labels)
    recorder.touch(x, y, x + 20, y + 20)
    labels[y : y + 20, x : x + 20] = random.integers(0, 7)
    return recorder.commit("Brush")
