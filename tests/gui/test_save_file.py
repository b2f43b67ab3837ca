"""Where to write a file: its name ends as its kind does, and nothing is replaced unasked."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from app.ui.dialogs.save_file import ask_target


class Answers:
    """A person who types these names, one after another."""

    def __init__(self, *names: Path | str) -> None:
        self.names = [str(name) for name in names]
        self.suggested: list[str] = []

    def __call__(self, _parent: object, _title: str, suggested: str, kinds: str) -> tuple[str, str]:
        self.suggested.append(suggested)
        return self.names.pop(0), kinds


def asked(monkeypatch: pytest.MonkeyPatch, answers: Answers) -> Path | None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", answers)
    return ask_target(None, "Back up", Path("suggested.zip"), kind="Zip files", suffix=".zip")


@pytest.mark.parametrize(
    ("typed", "written"),
    [("mine", "mine.zip"), ("mine v1.2", "mine v1.2.zip"), ("MINE.ZIP", "MINE.ZIP")],
)
def test_a_name_without_the_suffix_gets_it(monkeypatch, tmp_path, typed, written) -> None:
    assert asked(monkeypatch, Answers(tmp_path / typed)) == tmp_path / written


def test_a_file_that_is_there_under_the_whole_name_is_asked_for_again(
    monkeypatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.zip").touch()
    answers = Answers(tmp_path / "mine", tmp_path / "mine.zip")
    assert asked(monkeypatch, answers) == tmp_path / "mine.zip"
    assert answers.suggested == ["suggested.zip", str(tmp_path / "mine.zip")]


def test_no_name_is_no_file(monkeypatch) -> None:
    assert asked(monkeypatch, Answers("")) is None


def test_a_backup_gets_its_suffix(qtbot, opened, tmp_path: Path, monkeypatch) -> None:
    told = []
    opened.session.message_shown.connect(told.append)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", Answers(tmp_path / "copy"))
    opened.actions_by_id["file.backup"].trigger()
    qtbot.waitUntil(lambda: any("holds the project" in m.text for m in told), timeout=20_000)
    assert (tmp_path / "copy.zip").is_file()
