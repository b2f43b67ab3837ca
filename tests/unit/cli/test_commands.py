"""The commands do the whole job on a folder, and survive what is broken in it."""

import json

import numpy as np
import pytest

from app.cli import main
from app.cli.download_bar import shown_download
from app.cli.workbench import Workbench, open_project
from app.document.catalogue import ImageState
from app.document.files import read_label_png, write_aside, write_label_png
from app.document.grouping import PREFIX
from app.document.project import Project
from app.document.reclass import reclass
from app.engine.versions import Versions


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_without_labels_a_folder_gets_suggestions(work, capsys):
    assert run("predict", work.images) == 0
    assert "3 of 3 images predicted" in capsys.readouterr().out
    with open_project(work.images) as project:
        assert {item.state for item in project.images.values()} == {ImageState.SUGGESTED}


def test_predict_with_out_writes_masks_named_as_the_images(work):
    assert run("predict", work.images, "--out", work.out) == 0
    found = sorted(path.relative_to(work.out).as_posix() for path in work.out.rglob("*.png"))
    assert found == ["a.png", "b ü 図.png", "sub/c.png"]
    mask, _ = read_label_png(work.out / "a.png")
    assert mask.shape == (48, 64)


def test_imported_labels_teach_the_model(work, capsys):
    (work.truth / "sub" / "c.png").unlink()
    assert run("import-labels", work.images, "--from", work.truth) == 0
    assert run("predict", work.images) == 0
    work.add("sub/c.png", 2)
    capsys.readouterr()
    scores = work.out / "scores.json"
    evaluate = ("evaluate", work.images, "--truth", work.truth, "--unpainted", "--json", scores)
    assert run(*evaluate) == 0
    out = capsys.readouterr().out
    assert "background" in out
    assert "over 1 images" in out
    assert json.loads(scores.read_text())["mean"]["iou"] > 0.8


def test_training_keeps_a_model_for_the_next_command(work, capsys):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    assert run("train", work.images, "--seconds", "2") == 0
    assert "Learned from 3 images" in capsys.readouterr().out
    assert (work.images / "maskloop" / "models" / "working" / "model.json").exists()


def test_training_holds_out_the_groups_of_the_project(work):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    with open_project(work.images) as project:
        project.set_setting("group", PREFIX)
        bench = Workbench(project)
        bench.open_model()
        assert bench.workshop.learner.grouping("p7_left.png") == "p7"


def test_training_without_labels_says_what_to_do(work, capsys):
    assert run("train", work.images) == 1
    assert "Nothing is labelled" in capsys.readouterr().err


@pytest.mark.parametrize("format_name", ["ids", "voc"])
def test_labels_come_out_as_they_went_in(work, format_name):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    assert run("export", work.images, "--format", format_name, "--out", work.out) == 0
    if format_name == "ids":
        for name in ("a.png", "sub/c.png"):
            mask, _ = read_label_png(work.out / name)
            assert np.array_equal(mask, read_label_png(work.truth / name)[0])
        classes = json.loads((work.out / "classes.json").read_text())
        assert "background" in json.dumps(classes)


def test_files_in_the_way_are_replaced_only_when_asked(work, capsys):
    write_label_png(work.out / "a.png", np.full((5, 5), 9, np.uint8))
    assert run("import-labels", work.images, "--from", work.truth) == 0
    capsys.readouterr()
    assert run("export", work.images, "--out", work.out) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert read_label_png(work.out / "a.png")[0].max() == 9
    assert run("export", work.images, "--out", work.out, "--overwrite") == 0
    assert read_label_png(work.out / "a.png")[0].shape == (48, 64)


def test_evaluate_the_masks_as_exported(work, capsys):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    capsys.readouterr()
    assert run("evaluate", work.images, "--truth", work.truth, "--of", "masks") == 0
    assert "pixel accuracy 1.000 over 3 images" in capsys.readouterr().out


def test_evaluate_without_predictions_says_what_to_do(work, capsys):
    with open_project(work.images):
        pass
    assert run("evaluate", work.images, "--truth", work.truth) == 1
    assert "predict" in capsys.readouterr().err


def test_evaluate_without_a_fitting_mask_says_so(work, capsys):
    assert run("predict", work.images) == 0
    (work.out).mkdir()
    assert run("evaluate", work.images, "--truth", work.out) == 1
    assert "No mask in" in capsys.readouterr().err


def test_a_broken_image_is_named_and_the_others_go_on(work, capsys):
    write_aside(work.images / "broken.png", b"no picture")
    assert run("predict", work.images) == 1
    said = capsys.readouterr()
    assert "broken.png" in said.err
    assert "3 of 4 images predicted" in said.out
    assert run("export", work.images, "--out", work.out) == 1
    said = capsys.readouterr()
    assert "broken.png" in said.err
    assert "3 masks are in" in said.out


def test_a_mask_of_another_size_is_named_and_the_others_go_on(work, capsys):
    write_label_png(work.truth / "a.png", np.zeros((5, 5), np.uint8))
    assert run("import-labels", work.images, "--from", work.truth) == 1
    said = capsys.readouterr()
    assert "a.png" in said.err
    assert "2 masks are now labels" in said.out


def test_what_happened_to_labels_of_another_size_is_said(work, capsys):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    (work.images / "a.png").unlink()
    write_label_png(work.images / "a.png", np.zeros((9, 9), np.uint8))
    capsys.readouterr()
    run("predict", work.images)
    run("export", work.images, "--out", work.out)
    assert "a.png" in capsys.readouterr().err


def test_masks_that_fit_no_image_are_said(work, capsys):
    write_label_png(work.out / "stranger.png", np.zeros((5, 5), np.uint8))
    assert run("import-labels", work.images, "--from", work.out) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_without_images_is_said(tmp_path, capsys):
    assert run("predict", tmp_path) == 1
    assert "no image" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["predict", "train"])
def test_a_folder_that_is_not_there_is_said(command, tmp_path, capsys):
    assert run(command, tmp_path / "nothing") == 1
    err = capsys.readouterr().err
    assert "nothing" in err
    assert err.count("\n") == 1


def test_a_project_in_use_is_said(work, capsys):
    with open_project(work.images):
        assert run("predict", work.images) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_simulation_learns_and_writes_nothing_into_the_folder(work, capsys):
    before = sorted(work.images.rglob("*"))
    curve = work.out / "curve.json"
    simulate = ("simulate", work.images, "--truth", work.truth, "--images", 2, "--others", 1)
    assert run(*simulate, "--seeds", 2, "--json", curve) == 0
    assert sorted(work.images.rglob("*")) == before
    result = json.loads(curve.read_text())
    assert len(result["runs"]) == 2
    assert result["final"] > 0.8
    assert result["runs"][0]["lessons"][-1]["strokes"] >= 2
    assert "mean IoU on images never painted" in capsys.readouterr().out


def test_a_simulation_needs_an_image_that_stays_unpainted(work, capsys):
    for name in ("a.png", "sub/c.png"):
        (work.truth / name).unlink()
    assert run("simulate", work.images, "--truth", work.truth) == 1
    assert "two images" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["crystal ball", "features:maxvit_nano_rw_256", "dpt:resnet18"])
@pytest.mark.parametrize("command", ["simulate", "train"])
def test_a_model_that_cannot_be_used_is_named(work, capsys, name, command):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    capsys.readouterr()
    truth = ("--truth", work.truth) if command == "simulate" else ()
    assert run(command, work.images, *truth, "--model", name) == 1
    err = capsys.readouterr().err
    assert repr(name) in err
    assert err.count("\n") == 1


def test_a_simulation_tells_its_model_and_weights(work, capsys):
    curve = work.out / "curve.json"
    simulate = ("simulate", work.images, "--truth", work.truth, "--images", 1, "--others", 1)
    named = ("--model", "features:test_resnet", "--weights", "none")
    assert run(*simulate, *named, "--json", curve) == 0
    assert "features:test_resnet (random weights): area" in capsys.readouterr().out
    result = json.loads(curve.read_text())
    assert (result["model"], result["weights"]) == ("features:test_resnet", "random weights")


@pytest.mark.parametrize("command", ["simulate", "train"])
def test_weights_that_cannot_be_had_end_it_in_one_sentence(work, capsys, offline, command):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    capsys.readouterr()
    truth = ("--truth", work.truth) if command == "simulate" else ()
    assert run(command, work.images, *truth, "--model", "features:test_resnet") == 1
    told = capsys.readouterr()
    assert "features:test_resnet (pretrained weights)" in told.out
    assert "could not be downloaded" in told.err
    assert told.err.count("\n") == 1
    assert not (work.images / "maskloop" / "models" / "working").exists()


def test_a_download_is_told_on_the_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with shown_download("Fetching features:x") as download:
        assert capsys.readouterr().err == ""
        download._progress(1_000_000, 4_000_000)
        download._progress(3_000_000, 4_000_000)
    told = capsys.readouterr().err
    assert "Fetching features:x" in told
    assert "3.00M/4.00M" in told


@pytest.mark.parametrize("model", ["starter", "filters"])
def test_models_that_come_as_they_are_have_no_other_weights(work, capsys, model):
    truth = ("--truth", work.truth)
    assert run("simulate", work.images, *truth, "--model", model, "--weights", "none") == 1
    assert f"{model} comes as it is" in capsys.readouterr().err


def model_kept(work):
    card = work.images / "maskloop" / "models" / "working" / "model.json"
    return json.loads(card.read_text())["model"]


def test_training_begins_with_the_model_that_is_named_and_later_goes_on_with_it(work, capsys):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    assert run("train", work.images, "--seconds", "1") == 0
    assert model_kept(work) == "starter"
    with open_project(work.images) as project:
        bench = Workbench(project)
        bench.open_model()
        for event in Versions(bench.workshop).keep():
            bench.hear(event)
        bench.keep_model()
        assert project.current_version is not None
    named = ("--model", "features:test_resnet", "--weights", "none")
    assert run("train", work.images, "--seconds", "1", *named) == 0
    assert "Beginning with features:test_resnet (random weights)" in capsys.readouterr().out
    assert model_kept(work) == "features:test_resnet"
    assert run("train", work.images, "--seconds", "1") == 0
    assert model_kept(work) == "features:test_resnet"
    with open_project(work.images) as project:
        bench = Workbench(project)
        bench.open_model()
        assert bench.workshop.learner.model_name == "features:test_resnet"
        assert bench.workshop.learner.can_predict


def test_weights_without_a_model_to_begin_with_are_refused(work, capsys):
    assert run("train", work.images, "--weights", "none") == 1
    assert "--model" in capsys.readouterr().err


def test_averaged_predictions_are_others_and_no_worse(work):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    found = {}
    for name, extra in (("plain", ()), ("flips", ("--average",)), ("full", ("--average", "full"))):
        assert run("predict", work.images, "--out", work.out / name, *extra) == 0
        with open_project(work.images, read_only=True) as project:
            item = project.item_by_name("a.png")
            layers, _ = project.load_layers(item.id, (48, 64))
        truth, _ = read_label_png(work.truth / "a.png")
        assert (layers.prediction == truth).mean() > 0.97
        found[name] = layers.confidence
    assert (found["plain"] != found["flips"]).any()
    assert (found["flips"] != found["full"]).any()


@pytest.mark.parametrize("group", [None, ""])
def test_exports_split_by_the_groups_of_the_project_unless_told_otherwise(work, group):
    for number in range(20):
        work.add(f"p{number // 5}_{number}.png", number)
    assert run("import-labels", work.images, "--from", work.truth) == 0
    with open_project(work.images) as project:
        project.set_setting("group", PREFIX)
    told = () if group is None else ("--group", group)
    split = ("--split", "0.5,0,1", *told)
    assert run("export", work.images, "--out", work.out, "--format", "voc-dataset", *split) == 0
    (file,) = work.out.rglob("val.txt")
    listed = file.read_text().split()
    sizes = [sum(name.startswith(f"p{n}_") for name in listed) for n in range(4)]
    assert all(size in (0, 5) for size in sizes) == (group is None)


def test_evaluate_writes_a_report(work, capsys):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    assert run("predict", work.images) == 0
    report = work.out / "report.html"
    assert run("evaluate", work.images, "--truth", work.truth, "--report", report) == 0
    text = report.read_text("utf-8")
    assert "b ü 図.png" in text
    assert text.count("data:image/jpeg;base64,") == 3


def scores_of(work, *extra) -> dict:
    file = work.out / "scores.json"
    assert run("evaluate", work.images, "--truth", work.truth, "--json", file, *extra) == 0
    return json.loads(file.read_text())


def test_evaluate_tells_predictions_of_an_older_model_and_renews_them_when_asked(work, capsys):
    assert run("predict", work.images) == 0
    assert scores_of(work)["predicted_by"] == {"suggestion": 3}
    assert "older" not in capsys.readouterr().err
    assert run("import-labels", work.images, "--from", work.truth) == 0
    assert scores_of(work)["predicted_by"] == {"suggestion": 3}
    said = capsys.readouterr().err
    assert "3 of 3 predictions are of an older model (3 suggestions" in said
    assert "--fresh" in said
    fresh = scores_of(work, "--fresh")
    assert fresh["predicted_by"] == {"working": 3}
    assert fresh["mean"]["iou"] > 0.9
    assert "older" not in capsys.readouterr().err


def test_evaluate_names_the_version_that_made_each_prediction(work, capsys):
    assert run("import-labels", work.images, "--from", work.truth) == 0
    assert run("predict", work.images) == 0
    with open_project(work.images) as project:
        bench = Workbench(project)
        bench.open_model()
        bench.workshop.write_version()
        project.add_version("v0001", {})
        bench.predict([project.item_by_name("a.png")], "off")
    assert scores_of(work)["predicted_by"] == {"v0001": 1, "working": 2}
    assert "2 of 3 predictions are of an older model" in capsys.readouterr().err


def test_a_change_of_classes_that_was_stopped_is_finished_first(work, capsys):
    run("import-labels", work.images, "--from", work.truth)
    project = Project.open(work.images)
    list(project.rescan())
    next(reclass(project, {0: 1, 1: 0}, "Swap", classes=project.classes))
    project.close()
    assert run("export", work.images, "--format", "ids", "--out", work.out) == 0
    assert "is finished now" in capsys.readouterr().err
    for name in ("a.png", "sub/c.png"):
        mask, truth = (read_label_png(folder / name)[0] for folder in (work.out, work.truth))
        assert (mask == 1 - truth).all()
