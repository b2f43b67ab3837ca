"""Encrypted projects: nothing plain on the disk, nothing lost, nothing opened by a wrong word."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.document import encryption, mounts, swap
from app.document.backup import backup, restore
from app.document.check import check
from app.document.edit import EditRecorder
from app.document.encryption import change_passphrase, decrypt_project, encrypt_project
from app.document.errors import (
    LabelFileError,
    PassphraseNeeded,
    ProjectError,
    ProjectLocked,
    SealBroken,
    VaultDamaged,
    WrongPassphrase,
)
from app.document.export.frame import Picture
from app.document.export.record import ExportRecord
from app.document.files import read_bytes, read_label_png, write_aside
from app.document.model_folders import version_of
from app.document.project import Project
from app.document.vault import Cost, Vault, unlock
from tests.unit.document.conftest import SIZE

Open = Callable[..., Project]
CHEAP = Cost(n=2**4)
WORDS = "correct horse"


@pytest.fixture(autouse=True)
def no_mounts() -> Iterator[None]:
    yield
    mounts._vaults.clear()


def _paint(project: Project, value: int, name: str = "Secret brush") -> np.ndarray:
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    recorder = EditRecorder(layers.labels)
    recorder.touch(3, 3, 40, 40)
    layers.labels[3:40, 3:40] = value
    edit = recorder.commit(name)
    assert edit is not None
    project.commit_edit(image_id, edit)
    project.checkpoint(image_id, layers.labels.copy())
    confidence = np.full(SIZE, 7, np.uint8)
    project.save_prediction(
        image_id, layers.labels.copy(), confidence, is_suggestion=False, version="v0001"
    )
    return layers.labels


def _encrypted(folder: Path, open_project: Open) -> np.ndarray:
    project = open_project(folder)
    project.set_classes(project.classes.with_added("hidden tumour"))
    project.set_setting("patient", "somebody")
    labels = _paint(project, 1)
    assert project.close()
    encrypt_project(folder, WORDS, cost=CHEAP)
    return labels


def test_an_encrypted_project_holds_the_same_work_and_its_undo(
    folder: Path, open_project: Open
) -> None:
    labels = _encrypted(folder, open_project)
    project = open_project(folder, passphrase=WORDS)
    image_id = project.item_by_name("a.png").id
    layers, history = project.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(layers.labels, labels)
    assert layers.prediction is not None
    assert project.prediction_version(image_id) == "v0001"
    assert history.undo_name == "Secret brush"
    assert project.setting("patient") == "somebody"
    assert "hidden tumour" in [item.name for item in project.classes]


def test_the_version_of_the_model_in_use_is_known_in_an_encrypted_project(
    folder: Path, open_project: Open
) -> None:
    _encrypted(folder, open_project)
    project = open_project(folder, passphrase=WORDS)
    working = project.models_folder / "working"
    write_aside(working / "model.json", b'{"about": {"version": "v0001"}}')
    assert b"v0001" not in (working / "model.json").read_bytes()
    assert version_of(working) == "v0001"


def test_nothing_that_was_made_is_plain_on_the_disk(folder: Path, open_project: Open) -> None:
    _encrypted(folder, open_project)
    project = open_project(folder, passphrase=WORDS)
    labels = _paint(project, 0, "Later brush")
    assert project.close()
    project = open_project(folder, passphrase=WORDS)
    project.add_score(1, "v0001", {"kappa": 1})
    project.flush()
    data = [path.read_bytes() for path in (folder / "maskloop").rglob("*") if path.is_file()]
    assert len(data) > 5
    for word in (b"hidden tumour", b"somebody", b"brush", b"kappa", b"\x89PNG"):
        assert not any(word in content for content in data), word
    assert labels.any()
    assert list(folder.glob(".maskloop*")) == []


def test_a_wrong_passphrase_is_said_and_changes_nothing(folder: Path, open_project: Open) -> None:
    _encrypted(folder, open_project)
    before = {
        p: p.read_bytes()
        for p in (folder / "maskloop").rglob("*")
        if p.suffix != ".lock" and p.is_file()
    }
    with pytest.raises(WrongPassphrase, match="wrong"):
        Project.open(folder, passphrase="else")
    with pytest.raises(PassphraseNeeded):
        Project.open(folder)
    with pytest.raises(PassphraseNeeded):
        Project.open(folder, read_only=True)
    assert before == {path: path.read_bytes() for path in before}
    open_project(folder, passphrase=WORDS)


def test_decrypting_gives_the_plain_project_again(folder: Path, open_project: Open) -> None:
    labels = _encrypted(folder, open_project)
    with pytest.raises(WrongPassphrase):
        decrypt_project(folder, "else")
    decrypt_project(folder, WORDS)
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    np.testing.assert_array_equal(project.load_layers(image_id, SIZE)[0].labels, labels)
    np.testing.assert_array_equal(read_label_png(project.label_path(image_id))[0], labels)
    assert project.setting("patient") == "somebody"


def test_another_passphrase_opens_and_the_old_one_does_not(
    folder: Path, open_project: Open
) -> None:
    _encrypted(folder, open_project)
    change_passphrase(folder, WORDS, "new words", cost=CHEAP)
    with pytest.raises(WrongPassphrase):
        Project.open(folder, passphrase=WORDS)
    assert open_project(folder, passphrase="new words").is_encrypted


@pytest.mark.parametrize(("written", "right"), [(0, WORDS), (1, WORDS), (2, "new words")])
def test_a_change_of_passphrase_that_stops_anywhere_leaves_one_that_opens(
    folder: Path,
    open_project: Open,
    monkeypatch: pytest.MonkeyPatch,
    written: int,
    right: str,
) -> None:
    """Stopped after none, one or both of the files; what it left is mended at the next opening."""
    _encrypted(folder, open_project)
    left = [written]
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if left[0] == 0:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        if written < 2:
            with pytest.raises(OSError, match="No space left"):
                change_passphrase(folder, WORDS, "new words", cost=CHEAP)
        else:
            change_passphrase(folder, WORDS, "new words", cost=CHEAP)
    wrong = "new words" if right == WORDS else WORDS
    with pytest.raises(WrongPassphrase):
        Project.open(folder, passphrase=wrong)
    assert open_project(folder, passphrase=right).is_encrypted
    data_folder = folder / "maskloop"
    header = (data_folder / "vault.json").read_bytes()
    assert (data_folder / "vault.json.copy").read_bytes() == header


def test_the_passphrase_of_an_open_project_changes_and_its_files_stay_readable(
    folder: Path, open_project: Open
) -> None:
    labels = _encrypted(folder, open_project)
    project = open_project(folder, passphrase=WORDS)
    encryption.give_passphrase(project.data_folder, WORDS, "new words", cost=CHEAP)
    image_id = project.item_by_name("a.png").id
    np.testing.assert_array_equal(read_label_png(project.label_path(image_id))[0], labels)
    with pytest.raises(ProjectLocked):
        change_passphrase(folder, "new words", WORDS, cost=CHEAP)
    assert project.close()
    assert open_project(folder, passphrase="new words").is_encrypted


def test_what_the_export_doctor_keeps_aside_is_not_plain() -> None:
    labels = np.full((5, 7), 3, np.uint8)
    with ExportRecord() as record:
        picture = Picture("a.png", "a", Path("a.png"), 7, 5)
        record.keep(picture, labels)
        (kept,) = Path(record._folder.name).iterdir()
        assert b"PNG" not in kept.read_bytes()
        np.testing.assert_array_equal(record.labels(picture), labels)


def test_a_lost_header_is_taken_from_its_copy(folder: Path, open_project: Open) -> None:
    _encrypted(folder, open_project)
    (folder / "maskloop" / "vault.json").write_bytes(b"{")
    assert open_project(folder, passphrase=WORDS).is_encrypted


@pytest.mark.parametrize("header", [b"", b"[]", b"{}", b'{"format": 1}', b"[" * 100_000])
def test_a_broken_header_is_a_sentence(header: bytes) -> None:
    with pytest.raises(VaultDamaged):
        unlock(header, WORDS)


@pytest.mark.parametrize(("n", "r", "p"), [(2**40, 8, 1), (3, 8, 1), (2**14, 10**6, 1), (0, 8, 1)])
def test_a_header_that_would_take_all_memory_is_refused(n: int, r: int, p: int) -> None:
    header = Vault.new().header(WORDS, CHEAP).replace(b'"n": 16', f'"n": {n}'.encode())
    header = header.replace(b'"r": 8', f'"r": {r}'.encode()).replace(
        b'"p": 1', f'"p": {p}'.encode()
    )
    with pytest.raises(VaultDamaged):
        unlock(header, WORDS)


def test_a_changed_label_file_is_told_and_comes_from_the_journal(
    folder: Path, open_project: Open
) -> None:
    labels = _encrypted(folder, open_project)
    path = folder / "maskloop" / "labels" / "a.png.png"
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    project = open_project(folder, passphrase=WORDS)
    with pytest.raises(LabelFileError, match="changed"):
        read_label_png(path)
    layers, _ = project.load_layers(project.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(layers.labels, labels)
    assert any("restored from the journal" in notice for notice in project.notices)


def test_what_was_sealed_for_one_place_does_not_open_in_another() -> None:
    vault = Vault.new()
    sealed = vault.seal(b"labels", "labels/a.png.png")
    assert vault.open(sealed, "labels/a.png.png") == b"labels"
    with pytest.raises(SealBroken):
        vault.open(sealed, "labels/b.png.png")
    assert vault.seal(b"labels", "x") != vault.seal(b"labels", "x")


def test_a_late_writer_cannot_write_plainly(folder: Path, open_project: Open) -> None:
    _encrypted(folder, open_project)
    project = open_project(folder, passphrase=WORDS)
    path = project.data_folder / "traits.npz"
    write_aside(path, b"some traits")
    assert read_bytes(path) == b"some traits" != path.read_bytes()
    project.close()
    with pytest.raises(OSError, match="closed"):
        write_aside(path, b"some traits")


def test_check_backup_and_restore_work_with_an_encrypted_project(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    labels = _encrypted(folder, open_project)
    project = open_project(folder, passphrase=WORDS)
    assert [finding for looked in check(project) for finding in looked.findings] == []
    list(backup(project, tmp_path / "b.zip"))
    project.close()
    other = tmp_path / "other"
    other.mkdir()
    for image in folder.glob("*.png"):
        (other / image.name).write_bytes(image.read_bytes())
    list(restore(tmp_path / "b.zip", other))
    with pytest.raises(WrongPassphrase):
        Project.open(other, passphrase="else")
    again = open_project(other, passphrase=WORDS)
    found, _ = again.load_layers(again.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(found.labels, labels)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_swap_killed_between_its_two_renames_is_finished(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    project = open_project(folder)
    labels = _paint(project, 1)
    project.close()
    killed = "finish_swap" if is_first else "settle_swap"

    def stop(*paths: object) -> None:
        raise KeyboardInterrupt

    if is_first:
        monkeypatch.setattr(swap, killed, stop)
    else:
        monkeypatch.setattr(encryption, "_write_header", stop)
    with pytest.raises(KeyboardInterrupt):
        encrypt_project(folder, WORDS, cost=CHEAP)
    monkeypatch.undo()
    # Before the swap it is still plain; after the first rename it is the encrypted one.
    again = open_project(folder, passphrase=WORDS)
    assert again.is_encrypted is is_first
    found, _ = again.load_layers(again.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(found.labels, labels)
    assert list(folder.glob(".maskloop*")) == []


def test_a_project_that_is_open_is_not_encrypted(folder: Path, open_project: Open) -> None:
    open_project(folder)
    with pytest.raises(ProjectError, match="open in another"):
        encrypt_project(folder, WORDS, cost=CHEAP)


def test_the_commands_encrypt_check_and_decrypt(folder: Path, open_project: Open) -> None:
    open_project(folder).close()
    words = folder.parent / "words.txt"
    words.write_text(WORDS + "\n")
    root = Path(__file__).parents[3]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "main.py", *arguments]
        return subprocess.run(
            command,
            cwd=root,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
            check=False,
        )

    given = ("--passphrase-file", str(words))
    assert run("encrypt", str(folder), *given).returncode == 0
    refused = run("check", str(folder))
    assert refused.returncode == 1
    assert "is encrypted" in refused.stderr
    assert "nothing is wrong" in run("check", str(folder), *given).stdout
    assert run("decrypt", str(folder), *given).returncode == 0
    assert run("check", str(folder)).returncode == 0
