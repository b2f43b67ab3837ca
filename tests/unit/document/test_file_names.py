"""Names that every disk can hold and tell apart: of layers in a project, and of exports."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.edit import EditRecorder
from app.document.export import FORMATS, export
from app.document.export.frame import Picture, unique_stems
from app.document.file_names import label_file_name, name_key, new_label_file, portable
from app.document.files import write_label_png
from app.document.project import Project
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]
NFC, NFD = unicodedata.normalize("NFC", "é.png"), unicodedata.normalize("NFD", "é.png")
DEVICES = ("con", "prn", "aux", "nul", "com1", "lpt9", "com²", "conin$")

PIECES = st.sampled_from(
    [
        *("a", "A", "é", "e\u0301", "ß", "SS", "con", "AUX", "_", "~2", ".", " ", ":", "?", "\\"),
        *("\t", ".png", ".JPG", ".tif", "all", "x" * 90, "ä" * 60, "\u212a", "K", "1"),
    ]
)
PARTS = (
    st.lists(PIECES, min_size=1, max_size=4)
    .map("".join)
    .filter(lambda part: part.strip(".") and len(part.encode()) <= 255)
)
IMAGES = st.tuples(
    st.lists(PARTS, max_size=2), PARTS, st.sampled_from([".png", ".PNG", ".jpg", ".tif"])
).map(lambda parts: "/".join([*parts[0], f"{parts[1][:200]}{parts[2]}"]))
ALIKE = ["a.png", "A.png", "a.PNG", "a.jpg", "A.JPG", "a.png.jpg", "a/b.png", "A/B.png", "a_b.png"]
ALIKE += ["a/b/c.png", "a_b/c.png", "all/a.png", "x:y.png", "x?y.png", "x_y.png", "a.jpg.png/b.png"]
NAMES = st.lists(IMAGES | st.sampled_from([*ALIKE, NFC, NFD]), min_size=1, max_size=12, unique=True)


def expect_portable(path: str) -> None:
    for part in path.split("/"):
        assert part
        assert part == part.rstrip(" .")
        assert not set(part) & set('<>:"\\|?*')
        assert not any(ord(letter) < 32 for letter in part)
        assert part.split(".")[0].rstrip().casefold() not in DEVICES
        assert len(part.encode()) <= 240


def expect_distinct(paths: list[str]) -> None:
    """Also from the folders of the others."""
    keys = [name_key(path) for path in paths]
    assert len(set(keys)) == len(keys)
    folders = {key[:at] for key in keys for at, letter in enumerate(key) if letter == "/"}
    assert folders.isdisjoint(keys)


def label_files(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        found.append(new_label_file(name, {name_key(file) for file in found}))
    return found


@given(NAMES)
def test_any_images_have_label_files_of_their_own_on_every_disk(names: list[str]) -> None:
    files = label_files(names)
    for file in files:
        expect_portable(file)
    beside = [
        f"{file.removesuffix('.png')}.{part}.png"
        for file in files
        for part in ("confidence", "second")
    ]
    expect_distinct(files + beside)


@given(NAMES, st.sampled_from(sorted(FORMATS)))
@settings(max_examples=300)
def test_any_images_have_exported_files_of_their_own_on_every_disk(
    names: list[str], format_name: str
) -> None:
    pictures = [Picture(name, stem, Path(name), 1, 1) for name, stem in unique_stems(names).items()]
    chosen = FORMATS[format_name]
    for pattern in (
        pattern for pattern in chosen.files if "{stem}" in pattern or "{leaf}" in pattern
    ):
        one = chosen.__class__("", (pattern,), chosen.make)
        paths = [path for picture in pictures for path in one.paths([picture])]
        expect_distinct(paths)
        for path in paths:
            expect_portable(path)


@given(IMAGES)
def test_a_portable_name_stays_as_it_is(name: str) -> None:
    assert portable(portable(name)) == portable(name)


@pytest.mark.parametrize(
    "name", ["a.png", "IMG_0001.JPG", "sub/Ärger 2.tif", "scan.2024-01/a b.png", "x" * 190 + ".png"]
)
def test_ordinary_images_have_plain_label_files(name: str) -> None:
    assert new_label_file(name, ()) == label_file_name(name) == f"{name}.png"
    assert unique_stems([name]) == {name: name.rpartition(".")[0]}


def test_plain_label_files_are_unique_and_short_enough() -> None:
    long = "sub/" + "x" * 250
    names = ["a.png", "a.jpg", "sub/a.png", f"{long}x.png", f"{long}y.png"]
    files = [label_file_name(name) for name in names]
    assert files[:3] == ["a.png.png", "a.jpg.png", "sub/a.png.png"]
    assert len(set(files)) == len(files)
    assert all(len(part.encode()) <= 255 for file in files for part in file.split("/"))


def paint(project: Project, name: str, value: int) -> None:
    image_id = project.item_by_name(name).id
    labels = project.load_layers(image_id, SIZE)[0].labels
    recorder = EditRecorder(labels)
    recorder.touch(0, 0, 50, 50)
    labels[:50, :50] = value
    edit = recorder.commit("Brush")
    assert edit is not None
    project.commit_edit(image_id, edit)
    confidence = np.full(SIZE, value, np.uint8)
    project.save_prediction(image_id, labels, confidence, is_suggestion=False, version="v1")


def painted(project: Project, name: str) -> tuple[int, int]:
    layers = project.load_layers(project.item_by_name(name).id, SIZE)[0]
    return int(layers.labels[0, 0]), int(layers.confidence[0, 0])


TWINS = ["a.PNG", "A.png", NFC, NFD, "con.png", "x:y.png", "x?y.png", "s /b.png", "b.png.png/c.png"]


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    """Images with names that not every disk can hold or tell apart."""
    folder = tmp_path / "pictures"
    try:
        for number, name in enumerate(TWINS):
            write_image(folder / name, seed=number)
    except OSError:
        pytest.skip("this disk cannot hold such names")
    if len([path for path in folder.rglob("*") if path.is_file()]) < len(TWINS):
        pytest.skip("this disk cannot tell such names apart")
    return folder


def test_a_project_with_such_images_keeps_each_apart_and_finds_it_again(
    twins: Path, tmp_path: Path, open_project: Open
) -> None:
    project = open_project(twins)
    for number, name in enumerate(TWINS):
        paint(project, name, number)
    project.close()
    for folder in ("labels", "predictions"):
        kept = twins / "maskloop" / folder
        paths = [path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()]
        assert len(paths) == len(TWINS) * (1 if folder == "labels" else 2)
        expect_distinct(paths)
        for path in paths:
            expect_portable(path)
    again = open_project(twins)
    assert [painted(again, name) for name in TWINS] == [(n, n) for n in range(len(TWINS))]
    list(export(again, "ids", tmp_path / "out"))
    assert len(list((tmp_path / "out").rglob("*.png"))) == len(TWINS)


def test_an_image_keeps_its_files_when_its_twin_is_renamed(twins: Path, open_project: Open) -> None:
    project = open_project(twins)
    paint(project, "a.PNG", 1)
    paint(project, "A.png", 2)
    project.close()
    first = project.item_by_name("A.png").id
    kept = project.label_path(first)
    (twins / "a.PNG").rename(twins / "new.png")
    again = open_project(twins)
    again.flush()
    assert again.label_path(first) == kept
    assert painted(again, "A.png") == (2, 2)
    assert painted(again, "new.png") == (1, 1)


def test_a_twin_takes_its_prediction_along_when_it_is_renamed(
    twins: Path, open_project: Open
) -> None:
    project = open_project(twins)
    for name, value in (("a.PNG", 1), ("A.png", 2)):
        paint(project, name, value)
    project.close()
    (twins / "A.png").rename(twins / "B.PNG")
    again = open_project(twins)
    again.flush()
    assert painted(again, "B.PNG") == (2, 2)
    assert painted(again, "a.PNG") == (1, 1)


@pytest.mark.parametrize("is_lost", [False, True])
def test_an_older_project_keeps_the_names_that_its_files_have(
    twins: Path, open_project: Open, is_lost: bool
) -> None:
    open_project(twins).close()
    database = twins / "maskloop" / "project.db"
    plain = twins / "maskloop" / "labels" / "x:y.png.png"
    write_label_png(plain, np.full(SIZE, 3, np.uint8))
    if is_lost:
        database.unlink()
    else:
        with closing(sqlite3.connect(database)) as db, db:
            db.execute("UPDATE images SET file = NULL")
    again = open_project(twins)
    image_id = again.item_by_name("x:y.png").id
    assert again.label_path(image_id) == plain
    assert (again.load_layers(image_id, SIZE)[0].labels == 3).all()
