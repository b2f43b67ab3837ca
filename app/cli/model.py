"""`model`: the versions of a project's model: list, use, note, delete, export and import them."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from app.cli.terminal import CommandError
from app.cli.workbench import Workbench, open_project
from app.document.data_size import data_size
from app.document.facts import ModelVersion
from app.document.model_folders import WORKING, delete_model, is_model
from app.document.project import Project
from app.version_classes import class_names_of, model_of
from app.version_table import VersionRow, version_rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which folder."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the versions, oldest first; * is in use")
    use = actions.add_parser("use", help="predict with this version from now on")
    exporting = actions.add_parser("export", help="write a version as one file")
    importing = actions.add_parser("import", help="use a model that was exported elsewhere")
    noting = actions.add_parser("note", help="write something about a version")
    deleting = actions.add_parser("delete", help="delete a version that is not in use")
    for action in (listing, use, exporting, importing, noting, deleting):
        action.add_argument("folder", type=Path, help="a folder of images")
    for action in (use, noting, deleting):
        action.add_argument("version", help="such as v0002")
    noting.add_argument("text", help='what to say of it; "" for nothing')
    for action in (exporting, importing):
        action.add_argument("file", type=Path, help="a .maskloop-model")
    exporting.add_argument("--version", help="such as v0002 (default: the model in use)")
    exporting.add_argument("--overwrite", action="store_true", help="replace the file")


def run(options: argparse.Namespace) -> int:
    """Do it."""
    read_only = options.action in ("list", "export")
    with open_project(options.folder, read_only=read_only) as project:
        match options.action:
            case "list":
                _list(project)
            case "use":
                _use(project, options.version)
            case "note":
                details = _version(project, options.version).details
                project.change_version(options.version, {**details, "note": options.text})
            case "delete":
                _delete(project, options.version)
            case "export":
                _export(project, options)
            case "import":
                bench = Workbench(project)
                name = bench.import_model(options.file)
                bench.keep_model()
                print(f"{options.file.name} is in use as {name}: predict the folder with it now")
    return 0


def _list(project: Project) -> None:
    versions = version_rows(project)
    for version in versions:
        print(_line(version))
    if not versions:
        print("There is no version yet: train makes one when it finds a better model.")


def _line(version: VersionRow) -> str:
    date = datetime.fromtimestamp(version.created).strftime("%Y-%m-%d %H:%M")
    learned = f"{version.images} images" if version.images else "?"
    held_out = "?" if version.held_out is None else f"{version.held_out:.3f}"
    honest = "?" if version.honest is None else f"{version.honest:.3f}"
    mark = "*" if version.is_current else " "
    size = data_size(version.size)
    told = f"{learned:>10}  held out {held_out}  honest {honest}  {size}  {version.note}"
    return f"{mark} {version.name}  {date}  {told}".rstrip()


def _version(project: Project, name: str) -> ModelVersion:
    known = [version.name for version in version_rows(project)]
    if name not in known:
        there = ", ".join(known) or "none"
        raise CommandError(f"There is no version {name} in {project.folder}: there is {there}.")
    return next(version for version in project.versions() if version.name == name)


def _use(project: Project, name: str) -> None:
    project.set_current_version(_version(project, name).name)
    print(f"{name} is in use: predict the folder with it now")


def _delete(project: Project, name: str) -> None:
    if _version(project, name).is_current:
        raise CommandError(f"{name} is in use: use another version first.")
    try:
        delete_model(project.version_folder(name))
    except OSError as error:
        raise CommandError(f"{name} cannot be deleted: {error.strerror or error}.") from error
    project.remove_version(name)
    print(f"{name} is deleted")


def _export(project: Project, options: argparse.Namespace) -> None:
    if options.file.exists() and not options.overwrite:
        raise CommandError(f"{options.file} is there already: add --overwrite to replace it.")
    folder = model_of(project)
    if options.version is not None:
        folder = project.version_folder(options.version)
    if folder is None or not is_model(folder):
        which = options.version or "model in use"
        raise CommandError(f"There is no {which} in {project.folder}: train first.")
    from segmodels.archive import pack_model

    pack_model(folder, options.file, class_names=class_names_of(project, folder.name))
    told = "the model in use" if folder.name == WORKING else folder.name
    print(f"{told} is in {options.file}")
