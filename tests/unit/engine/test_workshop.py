"""The jobs of the engine on real files, with the real learner."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.files import write_label_png
from app.document.model_folders import SUGGESTION, WORKING
from app.engine import parts
from app.engine import workshop as workshop_module
from app.engine.events import (
    AveragingSet,
    Failed,
    FolderProgress,
    LearningStopped,
    ModelOpened,
    PartPredicted,
    Predicted,
    StepsMissed,
)
from app.engine.requests import AnswerStroke, ImageRef, OpenModel
from app.engine.workshop import Workshop
from segmodels import Learner


def scene(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Bright discs on a dark, noisy ground, and their mask."""
    random = np.random.default_rng(seed)
    truth = np.zeros((96, 120), np.uint8)
    for _ in range(4):
        x, y = int(random.integers(15, 105)), int(random.integers(15, 80))
        cv2.circle(truth, (x, y), 9, 1, -1)
    noise = random.normal(0, 12, (96, 120, 3))
    image = np.clip(70 + 90 * truth[..., None] + noise, 0, 255).astype(np.uint8)
    return image, truth


def strokes(truth: np.ndarray) -> np.ndarray:
    """A few labelled pixels of each class, inside the true regions."""
    labels = np.full(truth.shape, 255, np.uint8)
    for value in (0, 1):
        inside = cv2.erode((truth == value).astype(np.uint8), np.ones((7, 7), np.uint8))
        rows, columns = np.nonzero(inside)
        for n in range(0, len(rows), max(1, len(rows) // 40)):
            labels[rows[n], columns[n]] = value
    return labels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(3):
        cv2.imwrite(str(tmp_path / f"{seed}.png"), scene(seed)[0])
    return tmp_path


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "models", device="cpu")


def ref(folder: Path, name: str) -> ImageRef:
    return ImageRef(name, folder / name)


def only(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_before_any_stroke_a_prediction_is_a_suggestion(workshop, folder) -> None:
    (predicted,) = only(Predicted, workshop.predict_image(ref(folder, "0.png")))
    assert predicted.is_suggestion
    assert predicted.version == SUGGESTION
    assert predicted.labels.shape == predicted.confidence.shape == (96, 120)
    assert not predicted.labels.flags.writeable


def test_a_stroke_is_learned_and_carries_over_to_another_image(workshop, folder) -> None:
    labels = strokes(scene(0)[1])
    (own,) = only(Predicted, workshop.answer_stroke(AnswerStroke(ref(folder, "0.png"), labels)))
    assert not own.is_suggestion
    (other,) = only(Predicted, workshop.predict_image(ref(folder, "1.png")))
    assert (other.labels == scene(1)[1]).mean() > 0.95


def test_a_step_that_follows_nothing_known_is_asked_for_as_a_whole(workshop, folder) -> None:
    request = AnswerStroke(ref(folder, "0.png"), None, (), 7)
    assert only(StepsMissed, workshop.answer_stroke(request)) == [StepsMissed(request.image)]


def test_strokes_of_one_class_only_are_answered_with_what_is_missing(workshop, folder) -> None:
    labels = np.full((96, 120), 255, np.uint8)
    labels[:5] = 0
    events = list(workshop.answer_stroke(AnswerStroke(ref(folder, "0.png"), labels)))
    (stopped,) = only(LearningStopped, events)
    assert "another" in stopped.sentence
    assert only(Predicted, events)[0].is_suggestion


def test_a_folder_is_segmented_past_a_broken_image(workshop, folder) -> None:
    (folder / "1.png").write_bytes(b"not a picture")
    images = [ref(folder, f"{n}.png") for n in range(3)]
    events = list(workshop.segment_folder(images))
    assert [e.image.key for e in only(Predicted, events)] == ["0.png", "2.png"]
    (failed,) = only(Failed, events)
    assert "1.png" in failed.sentence
    last = only(FolderProgress, events)[-1]
    assert last.done == last.total == 3


def test_stored_labels_are_learned_and_broken_ones_left_out(workshop, folder) -> None:
    write_label_png(folder / "good.png", strokes(scene(0)[1]))
    (folder / "bad.png").write_bytes(b"")
    samples = [
        (ref(folder, "0.png"), folder / "good.png"),
        (ref(folder, "1.png"), folder / "bad.png"),
    ]
    events = list(workshop.load_samples(samples))
    assert [e.image.key for e in only(Failed, events)] == ["1.png"]
    assert workshop.learner.can_predict
    assert list(workshop.learner.samples) == ["0.png"]


def test_the_model_in_use_is_there_again_after_a_restart(workshop, folder) -> None:
    labels = strokes(scene(0)[1])
    list(workshop.answer_stroke(AnswerStroke(ref(folder, "0.png"), labels)))
    workshop.save_working_model()
    again = Workshop(workshop.models_folder, device="cpu")
    opened = list(again.open_model(OpenModel(2, folder=workshop.models_folder / WORKING)))
    assert only(ModelOpened, opened)[0].can_predict
    before = only(Predicted, workshop.predict_image(ref(folder, "2.png")))[0]
    after = only(Predicted, again.predict_image(ref(folder, "2.png")))[0]
    assert (before.labels == after.labels).mean() > 0.999


def test_while_an_image_is_predicted_the_next_one_is_decoded_in_another_thread(
    workshop, folder, monkeypatch
) -> None:
    decoded_in: dict[str, str] = {}
    original = workshop_module.load_image

    def noted(path: Path) -> np.ndarray:
        decoded_in[path.name] = threading.current_thread().name
        return original(path)

    monkeypatch.setattr(workshop_module, "load_image", noted)
    images = [ref(folder, f"{seed}.png") for seed in range(3)]
    events = list(workshop.segment_folder(images))
    assert [event.image.key for event in only(Predicted, events)] == ["0.png", "1.png", "2.png"]
    here = threading.current_thread().name
    assert decoded_in["0.png"] == here
    assert decoded_in["1.png"] != here
    assert decoded_in["2.png"] != here


def test_an_image_that_cannot_be_decoded_ahead_is_told_and_the_next_ones_go_on(
    workshop, folder
) -> None:
    (folder / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    images = [ref(folder, f"{seed}.png") for seed in range(3)]
    events = list(workshop.segment_folder(images))
    assert [event.image.key for event in only(Failed, events)] == ["1.png"]
    assert [event.image.key for event in only(Predicted, events)] == ["0.png", "2.png"]


def test_averaging_makes_predictions_another_way_and_outdates_those_from_before(
    workshop: Workshop, folder: Path
) -> None:
    image = ImageRef("0.png", folder / "0.png")
    write_label_png(folder / "labels.png", strokes(scene(0)[1]))
    list(workshop.load_samples([(image, folder / "labels.png")]))
    before = [event for event in workshop.predict_image(image) if event is not None][-1]
    (told,) = workshop.set_averaging("flips")
    assert isinstance(told, AveragingSet)
    assert told.knowledge > before.knowledge
    after = [event for event in workshop.predict_image(image) if event is not None][-1]
    assert after.knowledge == told.knowledge
    assert (after.confidence != before.confidence).any()
    with pytest.raises(ValueError, match="sideways"):
        list(workshop.set_averaging("sideways"))


def test_a_grouping_stays_when_another_model_is_installed(workshop: Workshop) -> None:
    workshop.set_grouping("^(.)")
    assert workshop.learner.grouping("abc.png") == "a"
    list(workshop.install(Learner(classes=2, model="filters", device="cpu")))
    assert workshop.learner.model_name == "filters"
    assert workshop.learner.grouping("abc.png") == "a"


def test_parts_of_a_large_image_are_told_while_somebody_looks(
    workshop, folder, monkeypatch
) -> None:
    _, truth = scene(0)
    learn = AnswerStroke(ref(folder, "0.png"), strokes(truth), first=(0, 0, 9, 9))
    assert only(PartPredicted, workshop.answer_stroke(learn)) == []  # It is small.
    monkeypatch.setattr(parts, "LARGE", 0)
    source = workshop.learner.source
    monkeypatch.setattr(source.maker, "_tile", 32)  # so that it has seams, which come later
    source.cache.clear()
    told = list(workshop.predict_image(ref(folder, "0.png"), is_watched=True))
    (whole,) = only(Predicted, told)
    labels = np.full(truth.shape, 255, np.uint8)
    for event in only(PartPredicted, told):
        assert event.size == truth.shape
        assert not event.part.labels.flags.writeable
        x0, y0, x1, y1 = event.part.box
        labels[y0:y1, x0:x1] = event.part.labels
    np.testing.assert_array_equal(labels, whole.labels)
    assert only(PartPredicted, workshop.segment_folder([ref(folder, "0.png")])) == []


def test_a_project_that_is_gone_is_not_made_again_for_its_model(workshop, folder) -> None:
    list(workshop.answer_stroke(AnswerStroke(ref(folder, "0.png"), strokes(scene(0)[1]))))
    there, gone = workshop.models_folder, folder / "gone"
    workshop.models_folder = gone / "models"
    workshop.save_working_model()
    assert not gone.exists()
    workshop.models_folder = there
    workshop.save_working_model()
    assert (there / WORKING).is_dir()


def test_how_to_train_is_kept_with_the_model_though_nothing_else_has_changed(
    workshop, folder
) -> None:
    list(workshop.answer_stroke(AnswerStroke(ref(folder, "0.png"), strokes(scene(0)[1]))))
    workshop.save_working_model()
    workshop.set_training({"loss": "focal"})
    workshop.save_working_model()
    kept = Learner.load(workshop.models_folder / WORKING, device="cpu")
    assert kept.settings.train.loss == "focal"
