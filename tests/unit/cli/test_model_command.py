"""`maskloop model`: versions on the command line, and a model for another folder."""

import pytest
from test_commands import run

from app.cli.workbench import Workbench, open_project
from app.document.files import read_label_png
from app.engine.versions import Versions


@pytest.fixture
def taught(work):
    """A project whose model was kept twice."""
    assert run("import-labels", work.images, "--from", work.truth) == 0
    with open_project(work.images) as project:
        project.set_classes(project.classes.with_renamed(1, "disc"))
        bench = Workbench(project)
        bench.open_model()
        for _ in range(2):
            for event in Versions(bench.workshop).keep():
                bench.hear(event)
        bench.keep_model()
    return work


def test_versions_are_listed_and_one_is_used_again(taught, capsys) -> None:
    capsys.readouterr()
    assert run("model", "list", taught.images) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("  v0001")
    assert second.startswith("* v0002")
    assert "3 images" in first
    assert run("model", "use", taught.images, "v0001") == 0
    capsys.readouterr()
    run("model", "list", taught.images)
    assert capsys.readouterr().out.splitlines()[0].startswith("* v0001")
    with open_project(taught.images) as project:
        bench = Workbench(project)
        bench.open_model()
        assert bench.workshop.version == "v0001"


def test_an_unknown_version_is_answered_with_those_that_are_there(taught, capsys) -> None:
    assert run("model", "use", taught.images, "v0009") == 1
    assert "v0001, v0002" in capsys.readouterr().err


def test_a_note_is_listed_and_only_what_is_not_in_use_is_deleted(taught, capsys) -> None:
    assert run("model", "note", taught.images, "v0001", "the first try") == 0
    capsys.readouterr()
    run("model", "list", taught.images)
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("the first try")
    assert "3 images" in first
    assert "try" not in second
    assert run("model", "delete", taught.images, "v0002") == 1
    assert "in use" in capsys.readouterr().err
    assert run("model", "delete", taught.images, "v0001") == 0
    capsys.readouterr()
    run("model", "list", taught.images)
    assert [line[:7] for line in capsys.readouterr().out.splitlines()] == ["* v0002"]
    with open_project(taught.images) as project:
        assert list(project.version_folder("v0001").iterdir()) == []
        assert len(list(project.version_folder("v0002").iterdir())) == 2
    assert run("model", "delete", taught.images, "v0001") == 1


def test_a_model_predicts_another_folder_without_a_stroke(taught, tmp_path, capsys) -> None:
    file = tmp_path / "discs.maskloop-model"
    assert run("model", "export", taught.images, file) == 0
    assert run("model", "export", taught.images, file) == 1
    assert "--overwrite" in capsys.readouterr().err
    other = type(taught)(tmp_path / "other", tmp_path / "other truth", tmp_path / "other out")
    other.add("x.png", 7)
    assert run("predict", other.images, "--model", file, "--out", other.out) == 0
    with open_project(other.images) as project:
        disc = project.classes.by_name("disc")
        assert disc is not None
        assert [v.name for v in project.versions() if v.is_current] == ["v0001"]
    mask, _ = read_label_png(other.out / "x.png")
    truth, _ = read_label_png(other.truth / "x.png")
    assert ((mask == disc.id) == (truth == 1)).mean() > 0.95


def test_a_file_that_is_no_model_changes_nothing(taught, tmp_path, capsys) -> None:
    file = tmp_path / "no.maskloop-model"
    file.write_bytes(b"PK\x03\x04 not really")
    assert run("model", "import", taught.images, file) == 1
    assert "no.maskloop-model" in capsys.readouterr().err
    with open_project(taught.images) as project:
        assert project.current_version == "v0002"
        assert [item.name for item in project.classes] == ["background", "disc"]


def test_a_folder_without_versions_says_so(work, capsys) -> None:
    with open_project(work.images):
        pass
    assert run("model", "list", work.images) == 0
    assert "no version yet" in capsys.readouterr().out
