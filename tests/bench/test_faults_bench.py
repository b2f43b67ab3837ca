"""A small run of `bench faults`, and that it sees a loss when there is one."""

import errno

import pytest

from app.bench import faults, faults_inputs
from app.document.project import Project


def values(figures):
    return {figure.name: figure for figure in figures}


def test_kills_lose_nothing(tmp_path):
    assert all(figure.ok is not False for figure in faults.measure_kills(tmp_path, 3))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_failing_disks_lose_nothing(tmp_path, code):
    assert all(figure.ok for figure in faults.measure_faults(tmp_path / "x", "disk", code, 10))


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
