"""A small run of `bench faults`, and that it sees a loss when there is one."""

import errno
import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from app.bench import faults, faults_disk, faults_growth, faults_inputs, faults_kills
from app.bench.faults_painter import LIMIT, NAME, SIZE, state_of, stroke
from app.bench.frame import report
from app.document.compaction import UndoLimit
from app.document.project import Project
from segmodels import storage


def values(figures):
    return {figure.name: figure for figure in figures}


def test_kills_while_painting_exporting_and_compacting_lose_nothing(tmp_path):
    phases = ("compacting", "exporting", "painting")
    figures = values(faults_kills.measure_kills(tmp_path, 6, phases))
    assert all(figure.ok is not False for figure in figures.values())
    landed = [figures[f"of these while {phase}"].value for phase in phases]
    assert sum(landed) == figures["kill -9"].value == 6


@pytest.fixture
def killed(tmp_path):
    """A folder whose project was compacted and not closed, and its state."""
    folder = tmp_path / "images"
    faults_kills.write_image(folder)
    for _ in range(2):
        project = Project.open(folder, undo_limit=LIMIT)
        list(project.rescan())
        image_id = project.item_by_name(NAME).id
        layers, history = project.load_layers(image_id, SIZE)
        random = np.random.default_rng(0)
        while len(history) < 30 and (edit := stroke(layers.labels, random)) is not None:
            history.push(edit)
            project.commit_edit(image_id, edit)
        project.close()
    return folder, " ".join(state_of(layers.labels, history))


def test_a_kill_that_lost_nothing_is_counted_where_the_last_phase_began(killed):
    folder, state = killed
    lines = ["durable x 0+0", f"durable {state}", "begin compacting 1.0"]
    kill = faults_kills._kill(folder, lines, None)
    assert kill == faults_kills._Kill("compacting", 2)
    lines = [*lines, "end compacting 2.0", "asked y 1+0"]
    assert faults_kills._kill(folder, lines, None) == faults_kills._Kill("painting", 2)


def test_an_edit_that_was_durable_before_a_kill_and_is_not_there_is_seen(killed):
    folder, state = killed
    lines = [f"durable {state}", "durable y 1+0"]
    assert faults_kills._kill(folder, lines, None).lost


def test_a_base_that_is_not_there_after_a_kill_is_seen_though_the_label_file_is(killed):
    folder, state = killed
    with closing(sqlite3.connect(folder / "maskloop" / "project.db")) as db, db:
        assert db.execute("DELETE FROM log WHERE operation = 'base'").rowcount == 1
    assert faults_kills._kill(folder, [f"durable {state}"], None).lost


def test_half_written_files_after_a_kill_are_seen(killed):
    folder, state = killed
    model = folder / "maskloop" / "models" / "v0001"
    model.mkdir(parents=True)
    (model / "model.json").write_text("{}")
    out = folder.parent / "out"
    out.mkdir()
    (out / NAME).write_bytes(b"\x89PNG")
    kill = faults_kills._kill(folder, [f"durable {state}"], None)
    assert kill.models
    assert kill.files == 1
    assert not kill.lost


def test_the_journal_shrinks_and_nothing_that_stays_is_changed(tmp_path):
    limit = UndoLimit(edits=4)
    figures = list(faults_growth.measure_growth(tmp_path / "x", 2, 15, limit))
    assert all(figure.ok is not False for figure in figures)
    assert figures[2].value == 4


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_failing_disks_lose_nothing(tmp_path, code):
    assert all(figure.ok for figure in faults.measure_faults(tmp_path / "x", "disk", code, 10))


def test_a_real_full_disk_loses_nothing_and_keeps_the_last_model(tmp_path):
    figures = list(faults_disk.measure_small_disk(tmp_path / "x", 12))
    if len(figures) == 1:
        pytest.skip(figures[0].name)
    assert all(figure.ok for figure in figures)
    assert [figure.value for figure in figures] == [12, 0, 12, 0]


def test_a_model_that_a_full_disk_cuts_short_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(storage.shutil, "rmtree", lambda *arguments, **options: None)
    figures = list(faults_disk.measure_small_disk(tmp_path / "x", 2))
    if len(figures) == 1:
        pytest.skip(figures[0].name)
    assert figures[3].value > 0


def test_a_loss_on_a_real_full_disk_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(Project, "commit_edit", lambda self, image_id, edit: None)
    figures = list(faults_disk.measure_small_disk(tmp_path / "x", 2))
    if len(figures) == 1:
        pytest.skip(figures[0].name)
    assert figures[1].value > 0


def test_where_no_disk_can_be_mounted_that_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(faults_disk.sys, "platform", "win32")
    report(faults_disk.measure_small_disk(tmp_path / "x", 5), tmp_path / "x.json")
    assert "skipped (only Linux has tmpfs)" in capsys.readouterr().out
    (figure,) = json.loads((tmp_path / "x.json").read_text())["figures"]
    assert figure["value"] is figure["ok"] is None


def test_broken_files_harm_nothing(tmp_path):
    assert all(figure.ok for figure in faults.measure_inputs(tmp_path, 64))


def test_a_loss_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(Project, "commit_edit", lambda self, image_id, edit: None)
    found = values(faults.measure_faults(tmp_path / "x", "disk", errno.ENOSPC, 3))
    assert found["losses by disk faults"].value > 0


def test_a_file_written_outside_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("app.document.backup._refuse_hostile", lambda *arguments: None)
    monkeypatch.setattr(faults_inputs, "_HOSTILE", ("../../outside.txt",))
    inside = tmp_path / "a" / "b"
    faults_inputs.read_inputs(inside, 0, 48)
    assert any(faults._is_outside(path, inside) for path in tmp_path.rglob("*"))
