"""Check, backup and restore; imports and exports of every kind from the command line."""

import sqlite3
import zipfile
from contextlib import closing

import cv2
import numpy as np
import pytest

from app.cli import main
from app.cli.workbench import open_project
from app.document.export import FORMATS
from app.document.files import read_label_png


@pytest.fixture
def labelled(work):
    """The images, with their truth as labels."""
    assert main(["import-labels", str(work.images), "--from", str(work.truth)]) == 0
    return work


def label_file(work):
    return work.images / "maskloop" / "labels" / "a.png.png"


def test_a_sound_project_is_said_to_be_sound(labelled, capsys):
    assert main(["check", str(labelled.images)]) == 0
    assert "3 images were checked: nothing is wrong." in capsys.readouterr().out


def test_a_database_whose_version_is_no_number_is_told_and_made_anew(labelled, capsys):
    with closing(sqlite3.connect(labelled.images / "maskloop" / "project.db")) as db, db:
        db.execute("UPDATE meta SET value = 'two' WHERE key = 'schema_version'")
    assert main(["check", str(labelled.images)]) == 0
    told = capsys.readouterr()
    assert "project.db was damaged; it was kept as project.db.damaged-1" in told.err
    assert "3 images were checked: nothing is wrong." in told.out


def test_a_broken_label_file_is_repaired_and_told(labelled, capsys):
    whole, _ = read_label_png(label_file(labelled))
    label_file(labelled).write_bytes(label_file(labelled).read_bytes()[:60])
    assert main(["check", str(labelled.images)]) == 0
    out = capsys.readouterr().out
    assert "repaired: a.png.png" in out
    assert "1 repaired, 0 not repaired" in out
    np.testing.assert_array_equal(read_label_png(label_file(labelled))[0], whole)


def test_what_cannot_be_repaired_fails_the_check(labelled, capsys):
    (labelled.images / "a.png").write_bytes(b"no image")
    assert main(["check", str(labelled.images)]) == 1
    assert "NOT REPAIRED: a.png" in capsys.readouterr().out


def test_a_model_that_does_not_load_fails_the_check(labelled, capsys):
    folder = labelled.images / "maskloop" / "models" / "v1"
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{")
    assert main(["check", str(labelled.images)]) == 1
    assert "NOT REPAIRED: v1" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("check",), ("backup", "x.zip")])
def test_a_folder_without_project_stays_without(work, capsys, words):
    assert main([words[0], str(work.images), *words[1:]]) == 1
    assert "has no project yet" in capsys.readouterr().err
    assert not (work.images / "maskloop").exists()


def test_a_backup_gives_the_labels_back(labelled, tmp_path, capsys):
    whole, _ = read_label_png(label_file(labelled))
    archive = tmp_path / "backup.zip"
    assert main(["backup", str(labelled.images), str(archive)]) == 0
    assert main(["restore", str(archive), str(labelled.images)]) == 1
    assert "has a project already" in capsys.readouterr().err
    (labelled.images / "maskloop").rename(tmp_path / "gone")
    assert main(["restore", str(archive), str(labelled.images)]) == 0
    assert "3 images have labels" in capsys.readouterr().out
    np.testing.assert_array_equal(read_label_png(label_file(labelled))[0], whole)
    assert main(["check", str(labelled.images)]) == 0


def test_a_backup_replaces_a_file_only_when_told(labelled, tmp_path, capsys):
    archive = tmp_path / "backup.zip"
    archive.write_bytes(b"mine")
    assert main(["backup", str(labelled.images), str(archive)]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert archive.read_bytes() == b"mine"
    assert main(["backup", str(labelled.images), str(archive), "--overwrite"]) == 0
    assert zipfile.is_zipfile(archive)


def test_a_backup_that_would_write_elsewhere_is_refused(work, tmp_path, capsys):
    archive = tmp_path / "hostile.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("project.db", b"")
        file.writestr("../../outside.txt", b"x")
    assert main(["restore", str(archive), str(work.images)]) == 1
    assert "is refused" in capsys.readouterr().err
    assert not list(tmp_path.rglob("outside.txt"))
    assert not (work.images / "maskloop").exists()


def test_a_dry_run_says_what_would_change_and_changes_nothing(work, capsys):
    command = ["import-labels", str(work.images), "--from", str(work.truth)]
    assert main([*command, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "a.png: 3072 pixels would change" in out
    assert "3 masks would become labels: 9216 pixels, 0 of them labelled otherwise now" in out
    assert not label_file(work).exists()


def test_masks_of_another_size_wait_for_a_yes_and_classes_can_be_mapped(work, capsys):
    big = cv2.resize(cv2.imread(str(work.truth / "a.png"), 0), (128, 96), interpolation=0)
    cv2.imwrite(str(work.truth / "a.png"), big)
    command = ["import-labels", str(work.images), "--from", str(work.truth)]
    assert main([*command, "--dry-run"]) == 1
    assert "without --resize" in capsys.readouterr().err
    assert main([*command, "--resize", "--map", "1=leaf", "--map", "0=ignore", "--dry-run"]) == 0
    assert "\nclass 1: new class leaf\n" in capsys.readouterr().out
    assert main([*command, "--resize", "--map", "1=leaf", "--map", "0=ignore"]) == 0
    labels = cv2.imread(str(label_file(work)), cv2.IMREAD_UNCHANGED)
    assert labels.shape == (48, 64)
    with open_project(work.images) as project:
        leaf = project.classes.by_name("leaf")
    assert leaf is not None
    assert set(np.unique(labels)) == {leaf.id, 255}
    assert main([*command, "--map", "nine=leaf"]) == 1
    assert "no class nine" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["ids", "colours", "coco", "yolo", "labelme", "cityscapes"])
def test_what_is_exported_can_be_imported_again(labelled, capsys, name):
    out = ["--format", name, "--out", str(labelled.out)]
    assert main(["export", str(labelled.images), *out]) == 0
    capsys.readouterr()
    command = ["import-labels", str(labelled.images), "--from", str(labelled.out)]
    assert main([*command, "--format", name, "--dry-run"]) == 0
    assert "3 masks would become labels" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_written_and_checked_from_the_command_line(labelled, capsys, name):
    out = ["--format", name, "--out", str(labelled.out), "--split", "0.4,0.2,7"]
    assert main(["export", str(labelled.images), *out]) == 0
    assert any(path.is_file() for path in labelled.out.rglob("*"))
    told = capsys.readouterr().out
    assert "all is as exported" in told
    assert "\nchecked: " in told


def test_a_split_has_as_many_images_as_asked(labelled):
    out = ["--format", "voc-dataset", "--out", str(labelled.out), "--split", "0.34,0.34"]
    assert main(["export", str(labelled.images), *out]) == 0
    lists = {path.stem: path.read_text().split("\n") for path in labelled.out.rglob("*.txt")}
    assert [len([line for line in lists[part] if line]) for part in ("train", "val")] == [1, 1]


@pytest.mark.parametrize("text", ["x", "0.8,0.4", "-1", "0.1,0.1,1,1"])
def test_a_split_that_makes_no_sense_is_refused(work, capsys, text):
    command = ["export", str(work.images), "--out", str(work.out), f"--split={text}"]
    assert main(command) == 2
    assert "--split" in capsys.readouterr().err


def test_the_doctor_reads_again_what_was_written(labelled, capsys):
    command = ["export", str(labelled.images), "--out", str(labelled.out)]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "3 images were read again" in out
    assert "Pillow, OpenCV and Qt" in out


def test_what_the_doctor_finds_is_told_and_fails(labelled, capsys, monkeypatch):
    monkeypatch.setattr(
        "app.document.export.masks.encode_label_png",
        lambda labels: cv2.imencode(".png", 1 - labels)[1].tobytes(),
    )
    command = ["export", str(labelled.images), "--out", str(labelled.out)]
    assert main(command) == 1
    assert "a.png has other values for Pillow than in the project." in capsys.readouterr().err
