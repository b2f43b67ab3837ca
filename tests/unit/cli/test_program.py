"""The command line leads to the right command, and every failure is one sentence and a code."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import program
from app.cli.program import COMMANDS, main
from app.cli.terminal import CommandError
from app.document.errors import ProjectLocked


@pytest.fixture
def window(monkeypatch):
    """The folders that a window was opened on."""
    opened = []
    module = type("Module", (), {})()
    module.add_arguments = __import__("app.cli.window", fromlist=["x"]).add_arguments
    module.run = lambda options: opened.append(options.folder)
    real = program.importlib.import_module
    monkeypatch.setattr(
        program.importlib,
        "import_module",
        lambda name: module if name == "app.cli.window" else real(name),
    )
    return opened


def failing_with(monkeypatch, error):
    """Make the export command raise."""

    def run(options):
        raise error

    monkeypatch.setattr("app.cli.export.run", run)
    return main(["export", "somewhere", "--out", "there"])


def test_without_arguments_the_window_opens_on_nothing(window):
    assert main([]) == 0
    assert window == [None]


def test_a_folder_opens_the_window_on_it(window, tmp_path):
    assert main([str(tmp_path)]) == 0
    assert window == [tmp_path]


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_a_folder_named_like_a_command_is_opened_by_its_path(window, name):
    assert main([f"./{name}"]) == 0
    assert window == [Path(name)]


def test_what_is_no_folder_is_named(capsys, tmp_path):
    assert main([str(tmp_path / "nothing")]) == 1
    assert f"{tmp_path / 'nothing'} is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_explains_itself(capsys, name):
    assert main([name, "--help"]) == 0
    assert f"maskloop {name}" in capsys.readouterr().out


def test_the_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(command.name in out and command.summary in out for command in COMMANDS)


@pytest.mark.parametrize("arguments", [["predict"], ["export", "x"], ["bench", "nothing"], ["--x"]])
def test_bad_usage_is_two(capsys, arguments):
    assert main(arguments) == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (CommandError("This cannot be."), "This cannot be."),
        (ProjectLocked("Somebody else writes here."), "Somebody else writes here."),
        (FileNotFoundError(2, "No such file or directory", "a.png"), "a.png: No such file"),
        (KeyboardInterrupt(), "Stopped."),
        (CommandError("Two\nlines."), "Two lines."),
    ],
)
def test_a_known_failure_is_one_sentence_and_one(capsys, monkeypatch, error, sentence):
    assert failing_with(monkeypatch, error) == 1
    err = capsys.readouterr().err
    assert err.startswith(sentence)
    assert err.count("\n") == 1


def test_a_defect_is_not_hidden(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        failing_with(monkeypatch, ZeroDivisionError())


def test_the_commands_import_no_qt_and_help_imports_no_torch():
    code = (
        "import sys, app.cli.program as p\n"
        "assert p.main(['predict', '--help']) == 0\n"
        "assert 'torch' not in sys.modules\n"
        "for c in p.COMMANDS: __import__(c.module)\n"
        "__import__('app.cli.demo_job'); __import__('app.engine.workshop')\n"
        "found = [m for m in sys.modules if m.startswith('PySide6')]\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)
