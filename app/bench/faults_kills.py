"""The kills of `bench faults`: a working process is killed, and its project opened each time."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from pathlib import Path

import cv2
import numpy as np

from app.bench.faults_painter import (
    LIMIT,
    NAME,
    PASSPHRASE,
    PHASES,
    SIZE,
    WEIGHTS,
    paint_forever,
    state_of,
)
from app.bench.frame import CannotMeasure, Figure
from app.document import mounts
from app.document.encryption import encrypt_project
from app.document.errors import DocumentError, LabelFileError
from app.document.files import read_label_png
from app.document.project import Project
from app.document.vault import Cost

KILL_SECONDS = 150
ROUND = (*PHASES, "painting")
"""One kill is aimed at each, then it begins anew; one that misses its phase lands in painting."""
_KILLS_A_PROJECT = 2 * len(ROUND)
_HANG_SECONDS = 60


def measure_kills(root: Path, kills: int, phases: Sequence[str] = ROUND) -> Iterator[Figure]:
    """Kill a process while it does what the phases name; open its project each time."""
    random = np.random.default_rng(0)
    context = _context(with_torch="publishing" in phases)
    ends = time.monotonic() + KILL_SECONDS
    found: list[_Kill] = []
    encrypted = 0
    while len(found) < kills and time.monotonic() < ends:
        number = len(found) // _KILLS_A_PROJECT
        folder = root / str(number) / "images"
        passphrase = PASSPHRASE if number % 2 else None
        write_image(folder)
        _begin(folder, passphrase)
        phase = phases[len(found) % len(phases)]
        lines = _killed_painter(context, folder, phase, random)
        found.append(_kill(folder, lines, passphrase))
        encrypted += passphrase is not None
    landed = Counter(kill.landed for kill in found)
    yield Figure("kill -9", len(found), "", kills, is_floor=True)
    yield Figure("of these in encrypted projects", encrypted, "")
    for phase in dict.fromkeys(phases):
        least = len(found) * phases.count(phase) // len(phases) // 4
        yield Figure(f"of these while {phase}", landed[phase], "", least, is_floor=True)
    yield Figure("edits told durable before the kills", sum(k.durable for k in found), "")
    yield Figure("kills that lost a committed edit or its undo", sum(k.lost for k in found), "", 0)
    yield Figure("projects that do not open after a kill", sum(k.unopened for k in found), "", 0)
    yield Figure("models half written after a kill", sum(k.models for k in found), "", 0)
    yield Figure("exported files half written after a kill", sum(k.files for k in found), "", 0)


@dataclass(frozen=True)
class _Kill:
    """In which phase a kill landed, how many edits were told durable, and what was wrong then."""

    landed: str
    durable: int
    lost: bool = False
    unopened: bool = False
    models: bool = False
    files: int = 0


def _kill(folder: Path, lines: Sequence[str], passphrase: str | None) -> _Kill:
    """What is found after a kill, beside what was told before it."""
    landed = lines[-1].split()[1] if lines[-1].startswith("begin") else "painting"
    told = [line.split() for line in lines if line.startswith(("asked", "durable"))]
    durable = [n for n, words in enumerate(told) if words[0] == "durable"]
    half = sum(not is_whole(path) for path in (folder.parent / "out").glob("*.png"))
    try:
        with _opened(folder, passphrase) as project:
            state, does_journal_agree = _state(project)
            are_models_whole = _are_models_whole(project)
    except (DocumentError, OSError, sqlite3.Error):
        return _Kill(landed, len(durable), unopened=True, files=half)
    # What was asked last may be durable before that was told.
    is_known = not durable or state in [words[1:] for words in told[durable[-1] :]]
    is_lost = not is_known or not does_journal_agree
    return _Kill(landed, len(durable), lost=is_lost, models=not are_models_whole, files=half)


def _killed_painter(
    context: BaseContext, folder: Path, phase: str, random: np.random.Generator
) -> list[str]:
    """What it told. Raises `CannotMeasure` when it ended by itself."""
    pipe, end = context.Pipe(duplex=False)
    seed = int(random.integers(0, 2**31))
    process = context.Process(target=paint_forever, args=(folder, seed, phase, end), daemon=True)  # type: ignore[attr-defined]
    process.start()
    end.close()
    try:
        lines = _until_phase(pipe, phase, int(random.integers(2, 4)))
        time.sleep(random.uniform(0, _span(lines, phase)))
        process.kill()
        while True:
            try:
                lines.append(pipe.recv_bytes().decode())
            except (EOFError, OSError):  # The last one was cut short.
                return lines
    finally:
        process.kill()
        process.join()
        pipe.close()


def _until_phase(pipe: Connection, phase: str, times: int) -> list[str]:
    """The lines until the phase has begun that often; when painting, until the project is open."""
    lines: list[str] = []
    while times:
        try:
            if not pipe.poll(_HANG_SECONDS):
                raise EOFError
            lines.append(pipe.recv_bytes().decode())
        except EOFError:
            raise CannotMeasure("The process that is to be killed ended by itself.") from None
        if phase == "painting" and lines[-1].startswith("durable"):
            break
        times -= lines[-1].startswith(f"begin {phase} ")
    return lines


def _span(lines: Sequence[str], phase: str) -> float:
    """Seconds that the phase took when it last came to its end; painting never ends."""
    if phase == "painting":
        return 0.25
    times = [line.split()[2] for line in lines if line.split()[1] == phase]
    began, ended = times[-3:-1]
    return float(ended) - float(began)


def _context(*, with_torch: bool) -> BaseContext:
    """Where it can be, processes are forked from one that has loaded everything: a quick start."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    torch = ["segmodels.storage"] if with_torch else []
    context.set_forkserver_preload(["app.bench.faults_painter", *torch])
    return context


def write_image(folder: Path) -> None:
    """The one image of a project, unless it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    if not path.exists():
        path.write_bytes(cv2.imencode(".png", np.full((*SIZE, 3), 90, np.uint8))[1].tobytes())


def found_state(folder: Path) -> list[str]:
    """What is found when the project is opened again. Raises `DocumentError`."""
    with _opened(folder) as project:
        return _state(project)[0]


def is_whole(path: Path) -> bool:
    """Whether a label PNG can be read."""
    try:
        return read_label_png(path)[0].shape == SIZE
    except (OSError, LabelFileError):
        return False


def _begin(folder: Path, passphrase: str | None) -> None:
    """Make a project, an encrypted one when there is a passphrase."""
    if (folder / "maskloop" / "project.db").exists():
        return
    Project.open(folder).close()
    if passphrase is not None:
        encrypt_project(folder, passphrase, cost=Cost(n=2**10))


@contextmanager
def _opened(folder: Path, passphrase: str | None = None) -> Iterator[Project]:
    project = Project.open(folder, passphrase=passphrase, undo_limit=LIMIT)
    try:
        list(project.rescan())
        yield project
    finally:
        project.close()


def _state(project: Project) -> tuple[list[str], bool]:
    """The state of the image, and whether the journal alone, without the label PNG, gives it."""
    image_id = project.item_by_name(NAME).id
    layers, history = project.load_layers(image_id, SIZE)
    replayed = project.replayed_labels(image_id, SIZE)
    return state_of(layers.labels, history), np.array_equal(replayed, layers.labels)


def _are_models_whole(project: Project) -> bool:
    """Whether every model can be read, and nothing is left over beside them."""
    folders = list(project.models_folder.glob("*"))
    if not folders:
        return True
    from segmodels.errors import ModelFileError
    from segmodels.storage import read_model, set_codec

    set_codec(mounts.sealed, mounts.opened)
    try:
        return all(len(read_model(folder)[1]["weight"]) == WEIGHTS for folder in folders)
    except ModelFileError:
        return False
