"""The table of commands, and the door through which every failure of one leaves."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli import passphrase
from app.cli.terminal import complain, known_errors


@dataclass(frozen=True)
class Command:
    """A command: its module has `add_arguments(parser)` and `run(options) -> int`."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("demo", "app.cli.demo", "show what the program does, on images that it makes"),
    Command("predict", "app.cli.predict", "predict every image of a folder into its project"),
    Command("train", "app.cli.train", "learn from the labels in a project"),
    Command("model", "app.cli.model", "list, use, export and import versions of the model"),
    Command("export", "app.cli.export", "write the masks of a project as label files"),
    Command("evaluate", "app.cli.evaluate", "score the predictions of a project against the truth"),
    Command("import-labels", "app.cli.import_labels", "take finished masks as labels"),
    Command("check", "app.cli.check", "verify a project, and repair what can be repaired"),
    Command("backup", "app.cli.backup", "put a project without its images into one zip file"),
    Command("restore", "app.cli.restore", "unpack a backup beside its images"),
    Command("encrypt", "app.cli.encrypt", "encrypt a project with a passphrase, or change it"),
    Command("decrypt", "app.cli.decrypt", "make an encrypted project a plain one again"),
    Command("simulate", "app.cli.simulate", "let a simulated person paint, and see it learn"),
    Command("bench", "app.cli.bench", "measure the program on this machine"),
)
WINDOW = Command("", "app.cli.window", "open the window on a folder")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (the process's arguments if None); its exit code.

    0: done; 1: it failed, and one sentence on stderr says why; 2: the arguments are wrong.
    The first argument is a command only if it is exactly its name: `./demo` is a folder.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = next((c for c in COMMANDS if arguments and c.name == arguments[0]), WINDOW)
    if command is not WINDOW:
        del arguments[0]
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file's name may hold what the terminal cannot write: that must not end the work.
        sys.stdout.reconfigure(errors="backslashreplace")
    module = importlib.import_module(command.module)
    parser = _parser(command)
    module.add_arguments(parser)
    try:
        options = parser.parse_args(arguments)
        passphrase.use_file(getattr(options, "passphrase_file", None))
        return int(module.run(options) or 0)
    except SystemExit as leaving:  # argparse: bad usage, or --help
        return leaving.code if isinstance(leaving.code, int) else 2
    except KeyboardInterrupt:
        complain("Stopped. What was done until now is kept.")
        return 1
    except BrokenPipeError:
        # The reader of the output has gone (`| head`): say nothing more, not even at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except known_errors() as error:
        complain(_sentence(error))
        return 1


def _parser(command: Command) -> argparse.ArgumentParser:
    if command is not WINDOW:
        parser = argparse.ArgumentParser(
            prog=f"maskloop {command.name}", description=_said(command)
        )
        parser.add_argument(
            "--passphrase-file",
            type=Path,
            metavar="FILE",
            help="its first line opens an encrypted project; otherwise it is asked for",
        )
        return parser
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"  {c.name:{width}}  {c.summary}" for c in COMMANDS]
    return argparse.ArgumentParser(
        prog="maskloop",
        description="Masks for people who have images and no masks.",
        epilog="commands (maskloop COMMAND --help tells more):\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _said(command: Command) -> str:
    return command.summary[0].upper() + command.summary[1:] + "."


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}."
    return str(error) or type(error).__name__
