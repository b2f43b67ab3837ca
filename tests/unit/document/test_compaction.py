"""Old rows give way to a base: labels stay, the last undo steps stay, and the file shrinks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import storage
from app.document.cells import Cells
from app.document.compaction import UndoLimit, base_of, compact, cut_after
from app.document.edit import EditRecorder, TileChange, apply_edit, edit_between, revert_edit
from app.document.encryption import encrypt_project
from app.document.history import History
from app.document.journal import Replay, replay
from app.document.layers import blank_labels
from app.document.log_rows import (
    LogRow,
    Operation,
    RowSize,
    insert_row,
    select_rows,
    since_last_start,
)
from app.document.project import Project
from app.document.reclass import finish_reclass, is_reclass_unfinished, reclass, undo_reclass
from app.document.store import empty_store
from app.document.vault import Cost, Vault
from tests.unit.document.conftest import SIZE

Open = Callable[..., Project]
SMALL = (140, 150)
LIMIT = UndoLimit(edits=3, bytes=10**9)
PASSPHRASE = "four words are enough"

step = st.one_of(
    st.sampled_from(["undo", "redo"]),
    *[st.tuples(st.integers(0, 149), st.integers(0, 139), st.integers(1, 90), st.integers(0, 3))]
    * 3,
)
steps = st.lists(step, max_size=60)
many_steps = st.lists(step, min_size=20, max_size=40)


def rows_of(
    plan: list[object],
    labels: np.ndarray | None = None,
    history: History | None = None,
    last: int = -1,
) -> tuple[list[LogRow], list[np.ndarray]]:
    """The rows after the id `last` that this work writes, and the labels after each."""
    labels = blank_labels(SMALL) if labels is None else labels
    history = history or History()
    rows: list[LogRow] = []
    states: list[np.ndarray] = []
    for step in plan:
        edit = None
        if isinstance(step, tuple):
            x, y, side, value = step
            recorder = EditRecorder(labels)
            recorder.touch(x, y, x + side, y + side)
            labels[y : y + side, x : x + side] = value
            edit = recorder.commit("Brush")
            if edit is None:
                continue
            history.push(edit)
            operation = Operation.EDIT
        elif step == "undo" and history.undo_name:
            revert_edit(labels, history.undo())
            operation = Operation.UNDO
        elif step == "redo" and history.redo_name:
            apply_edit(labels, history.redo())
            operation = Operation.REDO
        else:
            continue
        last += 2  # Other images have rows in between.
        rows.append(LogRow(last, 1, operation, float(last), edit))
        states.append(labels.copy())
    return rows, states


def stored(rows: list[LogRow], cells: Cells) -> sqlite3.Connection:
    db = empty_store()
    for row in rows:
        insert_row(db, row, cells)
    return db


def replayed(db: sqlite3.Connection, cells: Cells, start: np.ndarray, after: int = 0) -> Replay:
    return replay(since_last_start(select_rows(db, 1, cells)), start, after=after)


def walked(labels: np.ndarray, history: History, count: int) -> Iterator[bytes]:
    """The labels after redoing everything, and after each of `count` undo steps from there."""
    while history.redo_name:
        apply_edit(labels, history.redo())
    for _ in range(count):
        yield labels.tobytes()
        revert_edit(labels, history.undo())
    yield labels.tobytes()


@settings(max_examples=60, deadline=None)
@given(plan=steps, is_encrypted=st.booleans())
def test_undo_and_redo_are_the_same_with_and_without_compaction(
    plan: list[object], is_encrypted: bool
) -> None:
    cells = Cells(Vault(b"k" * 32) if is_encrypted else None)
    rows, _ = rows_of(plan)
    with closing(stored(rows, cells)) as db:
        whole, short = blank_labels(SMALL), blank_labels(SMALL)
        before = replayed(db, cells, whole).history
        compact(db, cells, LIMIT)
        after = replayed(db, cells, short)
        assert after.damaged == 0
        assert len(after.history) >= min(len(before), LIMIT.edits)
        assert after.history.redo_name == before.redo_name
        count = len(after.history.entries())
        assert list(walked(short, after.history, count)) == list(walked(whole, before, count))


@settings(max_examples=60, deadline=None)
@given(plan=steps)
def test_a_label_file_of_any_kept_row_gives_the_same_labels(plan: list[object]) -> None:
    rows, states = rows_of(plan)
    with closing(stored(rows, Cells())) as db:
        compact(db, Cells(), LIMIT)
        kept = {row.id for row in select_rows(db, 1, Cells())}
        for row, state in zip(rows, states, strict=True):
            if row.id in kept:
                labels = state.copy()
                replayed(db, Cells(), labels, after=row.id)
                np.testing.assert_array_equal(labels, states[-1])


@settings(max_examples=60, deadline=None)
@given(plans=st.lists(many_steps, min_size=3, max_size=4))
def test_compacting_again_and_again_keeps_the_labels(plans: list[list[object]]) -> None:
    expected, last = blank_labels(SMALL), -1
    with closing(empty_store()) as db:
        for plan in plans:
            compact(db, Cells(), LIMIT)
            labels = blank_labels(SMALL)
            result = replayed(db, Cells(), labels)
            assert result.damaged == 0
            np.testing.assert_array_equal(labels, expected)
            rows, _ = rows_of(plan, labels, result.history, last)
            for row in rows:
                insert_row(db, row, Cells())
                last = row.id
            expected = labels


def sizes_of(text: str, size: int = 10) -> list[RowSize]:
    """`e`, `u`, `r`, `b` are rows of each operation; their ids and times count from 1."""
    operations = {o.value[0]: o for o in (Operation.EDIT, Operation.UNDO, Operation.BASE)}
    operations["r"] = Operation.REDO
    return [RowSize(i, operations[c], float(i), size) for i, c in enumerate(text, 1)]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("eeeeee", 3),
        ("eeee", None),  # too little would be gained
        ("eeeeeeuuu", None),  # three steps that can be redone, and only three that can be undone
        ("eeeeeuueeeee", 9),
        ("eeeeeeeeuurree", 6),  # at 7 a later undo goes below, at 11 something could be redone
        ("beeeeee", 4),
        ("b", None),
        ("", None),
    ],
)
def test_the_cut_is_where_nothing_can_be_redone_and_no_later_undo_reaches_below(
    text: str, cut: int | None
) -> None:
    assert cut_after(sizes_of(text), LIMIT) == cut


def test_the_bytes_of_the_history_are_limited_too_but_the_last_edit_stays() -> None:
    assert cut_after(sizes_of("eeeeee"), UndoLimit(edits=3, bytes=20)) == 4
    assert cut_after(sizes_of("eeeeee"), UndoLimit(edits=3, bytes=5)) == 5


def test_not_too_many_bytes_are_dropped_at_once() -> None:
    assert cut_after(sizes_of("e" * 20), LIMIT, most=60) == 7
    assert cut_after(sizes_of("b" + "e" * 20), LIMIT, most=60) == 7


def test_what_is_too_much_for_once_is_dropped_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int | None] = []

    def by_little(*arguments: object) -> int | None:
        steps.append(cut_after(*arguments, most=1000))  # type: ignore[arg-type]
        return steps[-1]

    monkeypatch.setattr("app.document.compaction.cut_after", by_little)
    rows, states = rows_of([(i, i, 20, i % 3) for i in range(60)])
    with closing(stored(rows, Cells())) as db:
        assert compact(db, Cells(), LIMIT) == 1
        assert len(steps) > 3
        labels = blank_labels(SMALL)
        assert len(replayed(db, Cells(), labels).history) == LIMIT.edits
        np.testing.assert_array_equal(labels, states[-1])


def test_an_edit_of_the_stamp_to_keep_is_never_cut() -> None:
    assert cut_after(sizes_of("eeeeeeee"), LIMIT) == 5
    assert cut_after(sizes_of("eeeeeeee"), LIMIT, 4.0) == 3


def test_what_is_damaged_or_lies_on_no_grid_is_not_compacted() -> None:
    rows, _ = rows_of([(0, 0, 90, 1), (10, 10, 90, 2)])
    assert base_of(rows) is not None
    first = rows[0].edit
    assert first is not None
    tile = first.tiles[0]
    for change in (
        (),
        (TileChange(tile.x + 1, tile.y, 3, 3, tile.before, tile.after),),
        (TileChange(tile.x, tile.y, 3, 3, tile.before, tile.after),),
    ):
        edit = type(first)("Brush", change, 0.0)
        assert base_of([LogRow(1, 1, Operation.EDIT, 0.0, edit), rows[1]]) is None
    broken = TileChange(tile.x, tile.y, tile.width, tile.height, b"", b"no zlib")
    edit = type(first)("Brush", (broken,), 0.0)
    assert base_of([LogRow(1, 1, Operation.EDIT, 0.0, edit)]) is None


def test_a_damaged_tile_of_a_base_costs_no_other_tile() -> None:
    rows, states = rows_of([(0, 0, 149, 1)])
    base = base_of(rows)
    assert base is not None
    assert len(base.tiles) == 4
    broken = TileChange(*base.tiles[0].rect, b"", b"no zlib")
    damaged = type(base)("", (broken, *base.tiles[1:]), 0.0)
    labels = blank_labels(SMALL)
    assert replay([LogRow(1, 1, Operation.BASE, 0.0, damaged)], labels, after=0).damaged == 1
    np.testing.assert_array_equal(labels[:, 128:], states[0][:, 128:])
    assert (labels[:128, :128] == 255).all()


# Whole projects.


def paint(project: Project, count: int, *, name: str = "a.png", seed: int = 0) -> np.ndarray:
    """Paint random squares, and take the last one back; returns the labels."""
    image_id = project.item_by_name(name).id
    layers, _ = project.load_layers(image_id, SIZE)
    random = np.random.default_rng(seed)
    edit = None
    for number in range(count):
        x, y = int(random.integers(0, 180)), int(random.integers(0, 130))
        recorder = EditRecorder(layers.labels)
        recorder.touch(x, y, x + 20, y + 20)
        layers.labels[y : y + 20, x : x + 20] = number % 2
        edit = recorder.commit("Brush")
        if edit is not None:
            project.commit_edit(image_id, edit)
    if edit is not None:
        revert_edit(layers.labels, edit)
        project.commit_undo(image_id, edit)
    return layers.labels


def rows_in(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "maskloop" / "project.db")) as db:
        return [row[0] for row in db.execute("SELECT operation FROM log ORDER BY id")]


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_the_next_opening_drops_old_rows_and_keeps_labels_and_the_last_steps(
    folder: Path, open_project: Open, is_encrypted: bool
) -> None:
    options = {}
    if is_encrypted:
        open_project(folder).close()
        encrypt_project(folder, PASSPHRASE, cost=Cost(n=2**4))
        options["passphrase"] = PASSPHRASE
    project = open_project(folder, **options)
    expected = paint(project, 30)
    label_file = project.label_path(project.item_by_name("a.png").id)
    project.close()
    assert len(rows_in(folder)) > 20
    project = open_project(folder, undo_limit=LIMIT, **options)
    assert rows_in(folder) == ["base", *["edit"] * 4, "undo"]
    for is_file_lost in (False, True):
        if is_file_lost:
            label_file.unlink()
        layers, history = project.load_layers(project.item_by_name("a.png").id, SIZE)
        np.testing.assert_array_equal(layers.labels, expected)
        assert len(history) == 3
        assert history.redo_name == "Brush"


def test_a_history_within_the_limit_is_not_touched(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    paint(project, 30)
    project.close()
    before = rows_in(folder)
    open_project(folder, undo_limit=UndoLimit(edits=20)).close()
    assert rows_in(folder) == before


def test_the_file_gives_its_space_back(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    random = np.random.default_rng(0)
    for _ in range(100):
        recorder = EditRecorder(layers.labels)
        recorder.touch(0, 0, *SIZE[::-1])
        layers.labels[:] = random.integers(0, 200, SIZE, dtype=np.uint8)
        edit = recorder.commit("Noise")
        assert edit is not None
        project.commit_edit(image_id, edit)
    project.close()
    database = folder / "maskloop" / "project.db"
    before = database.stat().st_size
    project = open_project(folder, undo_limit=LIMIT)
    assert database.stat().st_size < before / 10
    found, _ = project.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)


def test_space_that_a_killed_process_freed_is_given_back(folder: Path, open_project: Open) -> None:
    open_project(folder).close()
    database = folder / "maskloop" / "project.db"
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("INSERT INTO log VALUES (1, 1, 'edit', '', 0.0, ZEROBLOB(3000000))")
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("DELETE FROM log")
    assert database.stat().st_size > 3_000_000
    open_project(folder)
    assert database.stat().st_size < 200_000


def test_a_full_disk_stops_a_compaction_but_not_the_opening(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = open_project(folder)
    expected = paint(project, 30)
    project.close()
    before = rows_in(folder)

    def fail(db: sqlite3.Connection, *arguments: object) -> None:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM log")
        db.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(storage, "compact", fail)
    project = open_project(folder, undo_limit=LIMIT)
    assert rows_in(folder) == before
    layers, _ = project.load_layers(project.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(layers.labels, expected)


def test_journals_are_weighed_again_only_when_the_file_has_grown() -> None:
    limit = UndoLimit(edits=1000, bytes=20_000)
    asked: list[str] = []

    def is_weighed(db: sqlite3.Connection) -> bool:
        asked.clear()
        compact(db, Cells(), limit)
        return any("SUM(LENGTH" in query for query in asked)

    with closing(empty_store()) as db:
        db.set_trace_callback(asked.append)
        row = "INSERT INTO log VALUES (NULL, ?, 'edit', '', 0.0, ZEROBLOB(1000))"
        assert is_weighed(db)  # The tables alone take more than this limit.
        db.executemany(row, [(image,) for image in range(10)])
        assert not is_weighed(db)
        db.executemany(row, [(image,) for image in range(15)])
        assert is_weighed(db)
        assert not is_weighed(db)


def test_an_image_with_few_but_large_edits_is_compacted_too() -> None:
    random = np.random.default_rng(0)
    labels = blank_labels(SMALL)
    rows = []
    for number in range(1, 20):
        edit = edit_between(labels, random.integers(0, 200, SMALL, dtype=np.uint8), "Noise")
        assert edit is not None
        apply_edit(labels, edit)
        rows.append(LogRow(number, 1, Operation.EDIT, 0.0, edit))
    with closing(stored(rows, Cells())) as db:
        assert compact(db, Cells(), UndoLimit(edits=1000, bytes=5 * rows[5].edit.size + 1000)) == 1
        found = blank_labels(SMALL)
        assert len(replayed(db, Cells(), found).history) == 5
        np.testing.assert_array_equal(found, labels)


def test_what_is_not_done_in_time_is_done_by_the_next_opening() -> None:
    with closing(empty_store()) as db:
        for image_id in (1, 2):
            rows, _ = rows_of([(i, i, 20, i % 3) for i in range(20)])
            for row in rows:
                insert_row(db, replace(row, image_id=image_id, id=row.id + image_id % 2), Cells())
        assert compact(db, Cells(), LIMIT, seconds=-1) == 0
        assert compact(db, Cells(), LIMIT) == 2


def test_an_insert_that_fails_rolls_the_whole_cut_back(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, states = rows_of([(i, i, 20, i % 3) for i in range(20)])

    def fail(*arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with closing(stored(rows, Cells())) as db:
        monkeypatch.setattr("app.document.compaction.insert_row", fail)
        with pytest.raises(sqlite3.OperationalError):
            compact(db, Cells(), LIMIT)
        labels = blank_labels(SMALL)
        assert len(replayed(db, Cells(), labels).history) == 20
        np.testing.assert_array_equal(labels, states[-1])


def test_a_change_of_classes_that_was_stopped_is_finished_after_a_compaction(
    folder: Path, open_project: Open
) -> None:
    project = open_project(folder)
    for seed, name in enumerate(("a.png", "b.jpg")):
        paint(project, 20, name=name, seed=seed)
    next(iter(reclass(project, {1: 0}, "Merge")))  # Only the first image; then it is stopped.
    expected = paint(project, 20, seed=5)
    project.close()
    project = open_project(folder, undo_limit=LIMIT)
    assert is_reclass_unfinished(project)
    assert not any(step.problem for step in finish_reclass(project))
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    # What was painted after the merge is not merged once more.
    np.testing.assert_array_equal(layers.labels, expected)
    assert (expected == 1).any()


def test_taking_a_change_of_classes_back_says_which_history_is_too_short(
    folder: Path, open_project: Open
) -> None:
    project = open_project(folder)
    for seed, name in enumerate(("a.png", "b.jpg")):
        paint(project, 20, name=name, seed=seed)
    list(reclass(project, {1: 0}, "Merge"))
    expected = paint(project, 40)
    project.close()
    project = open_project(folder, undo_limit=LIMIT)
    first, second, _ = undo_reclass(project)
    assert first.name == "a.png"
    assert "stays merged" in (first.problem or "")
    assert second.problem is None
    assert second.pixels > 0
    layers, _ = project.load_layers(project.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(layers.labels, expected)


@pytest.mark.parametrize("is_base_lost", [False, True])
def test_a_damaged_database_without_a_base_is_not_taken_as_whole(
    folder: Path, open_project: Open, is_base_lost: bool
) -> None:
    project = open_project(folder)
    expected = paint(project, 30)
    project.close()
    open_project(folder, undo_limit=LIMIT).close()
    database = folder / "maskloop" / "project.db"
    with closing(sqlite3.connect(database)) as db:
        if is_base_lost:
            db.execute("DELETE FROM log WHERE operation = 'base'")
            db.commit()
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'log_of_image'")
        (size,) = db.execute("PRAGMA page_size").fetchone()
        db.execute("UPDATE meta SET value = '1' WHERE key = 'is_open'")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(database.read_bytes())
    start = (page[0] - 1) * size
    data[start : start + size] = b"\xaa" * size
    database.write_bytes(data)
    project = open_project(folder)
    assert any("damaged" in notice for notice in project.notices)
    layers, history = project.load_layers(project.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(layers.labels, expected)
    names = [entry.edit.name for entry in history.entries()]
    assert names == (["Labels from a file"] if is_base_lost else ["Brush"] * 4)
