"""Versions with the real learner: back and forth, kept, taken in, looked with, after a restart."""

import json
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_workshop import only, ref, scene, strokes

from app.document.model_folders import WORKING, delete_model, is_model, model_in_use, version_of
from app.engine.events import (
    Learned,
    ModelOpened,
    Predicted,
    PredictedWith,
    Published,
    VersionKept,
    VersionOpened,
)
from app.engine.requests import (
    AnswerStroke,
    ImportModel,
    OpenModel,
    PredictWith,
    RenumberClasses,
    UseVersion,
)
from app.engine.versions import Versions
from app.engine.workshop import Workshop
from segmodels import Learner, ModelFileError
from segmodels.archive import pack_model
from segmodels.finetuning.gate import Judgement
from segmodels.storage import CARD, WEIGHTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(3):
        cv2.imwrite(str(tmp_path / f"{seed}.png"), scene(seed)[0])
    return tmp_path


@pytest.fixture
def workshop(tmp_path: Path, folder: Path) -> Workshop:
    """It has learned strokes of the first image, and was kept as v0001."""
    workshop = Workshop(tmp_path / "models", device="cpu")
    learn(workshop, folder, strokes(scene(0)[1]))
    list(Versions(workshop).keep())
    return workshop


@pytest.fixture
def versions(workshop: Workshop) -> Versions:
    return Versions(workshop)


def learn(workshop: Workshop, folder: Path, labels: np.ndarray, name: str = "0.png") -> None:
    list(workshop.answer_stroke(AnswerStroke(ref(folder, name), labels)))


def predicted(workshop: Workshop, folder: Path, name: str = "1.png") -> Predicted:
    return only(Predicted, workshop.predict_image(ref(folder, name)))[0]


def swapped(labels: np.ndarray) -> np.ndarray:
    """The same strokes with the classes the wrong way round."""
    return np.where(labels == 255, 255, 1 - labels).astype(np.uint8)


def use(workshop: Workshop, name: str, class_ids=None) -> UseVersion:
    return UseVersion(name, workshop.models_folder / name, class_ids)


def test_what_was_kept_is_the_version_in_use(workshop, folder) -> None:
    assert workshop.version == "v0001"
    assert predicted(workshop, folder).version == "v0001"


def test_an_earlier_version_predicts_as_it_did_and_the_samples_stay(
    workshop, versions, folder
) -> None:
    before = predicted(workshop, folder)
    learn(workshop, folder, swapped(strokes(scene(0)[1])))
    spoilt = predicted(workshop, folder)
    assert (spoilt.labels == before.labels).mean() < 0.5
    samples = dict(workshop.learner.samples)
    workshop.set_grouping("^(.)")
    (opened,) = only(VersionOpened, versions.use(use(workshop, "v0001")))
    assert opened.knowledge > spoilt.knowledge
    again = predicted(workshop, folder)
    assert (again.labels == before.labels).all()
    assert again.version == "v0001"
    assert dict(workshop.learner.samples) == samples
    assert workshop.learner.grouping("abc.png") == "a"


def test_a_prediction_names_the_version_that_made_it(workshop, versions, folder) -> None:
    versions_before = workshop.predict_image(ref(folder, "1.png"))
    next(versions_before)
    next(versions_before)  # it has begun with v0001
    list(versions.keep())
    assert workshop.version == "v0002"
    assert only(Predicted, versions_before)[0].version == "v0001"


def test_after_going_back_strokes_are_learned_and_training_goes_on(
    workshop, versions, folder
) -> None:
    list(versions.use(use(workshop, "v0001")))
    learn(workshop, folder, strokes(scene(1)[1]), "1.png")
    assert sorted(workshop.learner.samples) == ["0.png", "1.png"]
    assert only(Learned, workshop.learn(seconds=0.5))[-1].step > 0


def test_strokes_stay_when_a_fetched_model_is_installed(workshop) -> None:
    other = Workshop(workshop.models_folder, device="cpu").learner
    list(workshop.install(other))
    assert list(workshop.learner.samples) == ["0.png"]


def test_a_version_that_knows_one_class_of_today_gives_way_to_suggestions(
    workshop, versions, folder
) -> None:
    list(versions.use(use(workshop, "v0001", (-1, 1))))
    assert predicted(workshop, folder).is_suggestion


@pytest.mark.parametrize(("ids", "expected"), [((0, 2), {0: 0, 1: 2}), ((1, 0), {0: 1, 1: 0})])
def test_the_classes_of_an_earlier_version_have_the_numbers_of_today(
    workshop, versions, folder, ids, expected
) -> None:
    before = predicted(workshop, folder).labels
    list(versions.use(use(workshop, "v0001", ids)))
    found = predicted(workshop, folder).labels
    assert (found == np.vectorize(expected.get)(before)).all()


def test_a_broken_version_is_told_and_the_model_in_use_stays(workshop, versions) -> None:
    learner, knowledge = workshop.learner, workshop.knowledge
    (workshop.models_folder / "v0001" / WEIGHTS).write_bytes(b"broken")
    with pytest.raises(ModelFileError, match="v0001"):
        list(versions.use(use(workshop, "v0001")))
    assert workshop.learner is learner
    assert workshop.knowledge == knowledge


def test_looking_with_another_version_leaves_the_model_in_use_alone(
    workshop, versions, folder
) -> None:
    before = predicted(workshop, folder).labels
    learn(workshop, folder, swapped(strokes(scene(0)[1])))
    learner, knowledge = workshop.learner, workshop.knowledge
    request = PredictWith(ref(folder, "1.png"), "v0001", workshop.models_folder / "v0001")
    events = list(versions.predict_with(request))
    (told,) = only(PredictedWith, events)
    assert events.count(None) >= 2  # in slices: who paints does not wait
    assert (told.labels == before).all()
    assert not told.labels.flags.writeable
    assert workshop.learner is learner
    assert workshop.knowledge == knowledge
    moved = PredictWith(request.image, request.name, request.folder, (1, 0))
    assert (only(PredictedWith, versions.predict_with(moved))[0].labels == 1 - before).all()


def test_two_versions_in_turn_are_read_once_each(workshop, versions, folder, monkeypatch) -> None:
    models = workshop.models_folder
    for name in ("v0002", "v0003"):
        shutil.copytree(models / "v0001", models / name)
    read = []
    loaded = workshop.loaded

    def note(path, *rest):
        read.append(path.name)
        return loaded(path, *rest)

    monkeypatch.setattr(workshop, "loaded", note)
    for name in ("v0001", "v0002", "v0001", "v0002", "v0003", "v0002", "v0001"):
        list(versions.predict_with(PredictWith(ref(folder, "1.png"), name, models / name)))
    assert read == ["v0001", "v0002", "v0003", "v0001"]


@pytest.fixture
def packed(workshop, tmp_path: Path) -> Path:
    file = tmp_path / "a.maskloop-model"
    pack_model(workshop.models_folder / "v0001", file, class_names=["background", "disc"])
    return file


def test_an_imported_model_predicts_with_the_ids_of_its_new_project(
    workshop, packed, folder, tmp_path
) -> None:
    before = predicted(workshop, folder).labels
    other = Workshop(tmp_path / "other", device="cpu")
    taken = Versions(other)
    (kept,) = only(VersionKept, taken.take_in(ImportModel(packed, (0, 5), 6)))
    assert (kept.name, kept.images, kept.origin) == ("v0001", 1, "a.maskloop-model")
    assert kept.pixels == (strokes(scene(0)[1]) != 255).sum()
    list(taken.use(use(other, "v0001")))
    assert (predicted(other, folder).labels == np.where(before == 1, 5, before)).all()


def no_network(card) -> None:
    card["network"] = None


def huge_head(card) -> None:
    card["head"][0]["hidden"] = 10**9


def huge_network(card) -> None:
    card["network"]["widths"] = [10**5] * 6


def elsewhere(card) -> None:
    card["model"] = "features:hf-hub:someone/model"


def words(card) -> None:
    card["classes"] = "many"


def headless(card) -> None:
    card["head"] = None


def newer(card) -> None:
    card["format"] = 99


@pytest.mark.parametrize(
    "change", [no_network, huge_head, huge_network, elsewhere, words, headless, newer, dict.clear]
)
def test_a_model_that_is_not_what_its_card_says_changes_nothing(
    workshop, versions, packed, change
) -> None:
    with zipfile.ZipFile(packed) as archive:
        contents = {entry: archive.read(entry) for entry in archive.namelist()}
    card = json.loads(contents[CARD])
    change(card)
    contents[CARD] = json.dumps(card).encode()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    learner = workshop.learner
    with pytest.raises(ModelFileError):
        list(versions.take_in(ImportModel(packed, (0, 1), 2)))
    assert workshop.learner is learner
    assert [path.name for path in workshop.models_folder.iterdir()] == ["v0001"]


def test_a_deleted_version_s_name_is_never_used_again(workshop, versions) -> None:
    delete_model(workshop.models_folder / "v0001")
    assert not is_model(workshop.models_folder / "v0001")
    list(versions.keep())
    assert workshop.version == "v0002"


def test_the_model_in_use_is_the_working_one_unless_another_version_was_chosen(
    workshop, versions
) -> None:
    models = workshop.models_folder
    assert model_in_use(models, None, 0) is None
    assert model_in_use(models, "v0001", 0) == models / "v0001"
    workshop.save_working_model()
    assert version_of(models / WORKING) == "v0001"
    assert model_in_use(models, "v0001", 0) == models / WORKING
    assert model_in_use(models, None, 0) == models / WORKING
    list(versions.keep())  # and killed before the working model was kept again
    assert model_in_use(models, "v0002", 0) == models / "v0002"
    delete_model(models / "v0002")
    assert model_in_use(models, "v0002", 0) == models / WORKING


def test_a_working_model_of_other_class_numbers_is_not_used_again(workshop, versions) -> None:
    models = workshop.models_folder
    workshop.save_working_model()
    assert model_in_use(models, "v0001", 1) == models / "v0001"
    list(workshop.renumber(RenumberClasses((1, 0), 2, 1)))  # which keeps it at once
    assert model_in_use(models, "v0001", 1) == models / WORKING
    assert model_in_use(models, "v0001", 0) == models / "v0001"


def test_training_resumes_from_the_version_in_use_after_a_restart(
    workshop, folder, monkeypatch
) -> None:
    monkeypatch.setattr(Judgement, "is_gain_over", lambda *_: True)
    for seed in range(3):  # enough to hold some of it out
        learn(workshop, folder, scene(seed)[1], f"{seed}.png")
    published = next(event for event in workshop.learn() if isinstance(event, Published))
    assert (published.version, published.pixels) == ("v0002", 3 * 96 * 120)
    before = predicted(workshop, folder).labels
    again = Workshop(workshop.models_folder, device="cpu")
    in_use = model_in_use(again.models_folder, published.version, 0)
    (opened,) = only(ModelOpened, again.open_model(OpenModel(2, folder=in_use)))
    assert opened.version == published.version
    assert (predicted(again, folder).labels == before).mean() > 0.99
    learn(again, folder, scene(0)[1])
    assert only(Learned, again.learn(seconds=0.5))


def test_another_model_answers_from_the_start_and_knows_strokes_that_come_meanwhile(
    workshop, folder
) -> None:
    other = Learner(classes=2, model="filters", device="cpu")
    before = workshop.learner
    slices = workshop.install(other)
    next(slices)
    assert workshop.learner is before
    learn(workshop, folder, strokes(scene(1)[1]), "1.png")
    list(slices)
    assert workshop.learner is other
    assert sorted(other.samples) == ["0.png", "1.png"]
    assert not predicted(workshop, folder, "2.png").is_suggestion
    assert workshop.version == WORKING
