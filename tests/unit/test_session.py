"""The session on real folders, with the real engine."""

import dataclasses
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from app import editing, large_edits
from app.document.catalogue import ImageState
from app.document.files import read_label_png
from app.document.importing import Choices, LabelImport
from app.engine.events import Predicted
from app.engine.requests import ImageRef
from app.scoring import Score
from app.session import Session
from tests.opening import open_folder


@pytest.fixture
def session(qtbot):
    session = Session(device="cpu")
    session.messages = []
    session.message_shown.connect(session.messages.append)
    yield session
    session.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images of bright discs."""
    folder = tmp_path / "images"
    folder.mkdir()
    for seed in range(3):
        random = np.random.default_rng(seed)
        image = random.normal(70, 10, (80, 100, 3))
        for _ in range(3):
            centre = int(random.integers(12, 88)), int(random.integers(12, 68))
            cv2.circle(image, centre, 9, (170, 160, 150), -1)
        cv2.imwrite(str(folder / f"{seed}.png"), np.clip(image, 0, 255).astype(np.uint8))
    return folder


def open_and_wait(session: Session, folder: Path, qtbot) -> None:
    assert open_folder(qtbot, session, folder)
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)


def wait_for_prediction(session: Session, qtbot, *, is_suggestion: bool) -> None:
    def is_there() -> bool:
        layers = session.image.layers if session.image else None
        return (
            layers is not None
            and layers.prediction is not None
            and layers.is_suggestion is is_suggestion
        )

    qtbot.waitUntil(is_there, timeout=30_000)


def paint(session: Session, x: int, y: int, class_id: int, radius: int = 3) -> None:
    recorder = session.editing.begin()
    recorder.touch(x - radius, y - radius, x + radius + 1, y + radius + 1)
    cv2.circle(session.image.layers.labels, (x, y), radius, class_id, -1)
    session.editing.commit(recorder, "Brush stroke")


def paint_both_classes(session: Session) -> None:
    grey = session.image.rgb.mean(axis=2)
    grey = cv2.GaussianBlur(grey, (0, 0), 3)
    for class_id, place in ((1, grey.argmax()), (0, grey.argmin())):
        y, x = np.unravel_index(int(place), grey.shape)
        paint(session, int(x), int(y), class_id)


def test_opening_a_folder_suggests_a_mask_for_every_image(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    qtbot.waitUntil(
        lambda: all(item.state is ImageState.SUGGESTED for item in session.images()),
        timeout=30_000,
    )
    assert [item.name for item in session.images()] == ["0.png", "1.png", "2.png"]


def test_strokes_bring_a_model_s_prediction_and_keep_the_person_s_pixels(
    session, folder, qtbot
) -> None:
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    painted = session.image.layers.labels.copy()
    wait_for_prediction(session, qtbot, is_suggestion=False)
    assert (session.image.layers.labels == painted).all()
    assert session.image.item.name == "0.png"
    assert session.project.images[session.image.item.id].state is ImageState.EDITED


def test_a_prediction_that_began_before_a_stroke_does_not_take_its_answer_s_place(
    session, folder, qtbot
) -> None:
    open_and_wait(session, folder, qtbot)
    session.modelling.pause()
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    answer, item = session.image.layers.prediction, session.image.item
    blank = np.zeros(answer.shape, np.uint8)
    image = ImageRef(item.name, folder / item.name)
    late = Predicted(image, blank, blank, is_suggestion=True, version="", knowledge=0)
    session.engine_spoke.emit(session.project, late)
    assert session.image.layers.prediction is answer
    assert session.project.images[item.id].state is ImageState.EDITED
    session.project.flush()
    height, width = answer.shape
    assert not session.project.load_layers(item.id, (height, width))[0].is_suggestion


def test_undo_and_redo_are_exact_and_named(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    before = session.image.layers.labels.copy()
    paint(session, 20, 20, 1)
    after = session.image.layers.labels.copy()
    assert session.image.history.undo_name == "Brush stroke"
    session.editing.undo()
    assert (session.image.layers.labels == before).all()
    session.editing.redo()
    assert (session.image.layers.labels == after).all()


def test_a_cancelled_edit_leaves_no_trace(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    recorder = session.editing.begin()
    recorder.touch(0, 0, 10, 10)
    session.image.layers.labels[:10, :10] = 1
    session.editing.cancel(recorder)
    assert (session.image.layers.labels == 255).all()
    assert session.image.history.undo_name is None


def test_strokes_and_their_undo_are_there_after_a_restart(folder, qtbot) -> None:
    first = Session(device="cpu")
    open_and_wait(first, folder, qtbot)
    paint(first, 20, 20, 1)
    painted = first.image.layers.labels.copy()
    first.close()
    second = Session(device="cpu")
    open_and_wait(second, folder, qtbot)
    assert (second.image.layers.labels == painted).all()
    second.editing.undo()
    assert (second.image.layers.labels == 255).all()
    second.close()


def test_reviewing_accepts_what_is_shown_and_goes_on(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    first = session.image
    shown = first.layers.composite()
    session.reviewing.mark_reviewed_and_next()
    assert (first.layers.labels == shown).all()
    assert session.project.images[first.item.id].state is ImageState.REVIEWED
    qtbot.waitUntil(lambda: session.image is not None and session.image is not first)
    assert session.image.item.name == "1.png"


def test_the_score_is_that_of_the_prediction_before_the_corrections(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    assert session.learning.scores == ()
    session.show_next()
    qtbot.waitUntil(lambda: session.image is not None and session.image.item.name == "1.png")
    wait_for_prediction(session, qtbot, is_suggestion=False)
    predicted = session.image.layers.prediction.copy()
    y, x = np.argwhere(predicted == 1)[0]
    paint(session, int(x), int(y), 0, radius=6)
    session.reviewing.mark_reviewed()
    finished = session.image.layers.labels.copy()
    qtbot.waitUntil(lambda: len(session.learning.scores) == 1, timeout=20_000)
    ious = [
        ((predicted == c) & (finished == c)).sum() / ((predicted == c) | (finished == c)).sum()
        for c in (0, 1)
    ]
    assert session.learning.scores[0].image_name == "1.png"
    assert session.learning.scores[0].mean_iou == pytest.approx(np.mean(ious), abs=1e-6)
    qtbot.waitUntil(lambda: session.learning.summary.images == 1, timeout=20_000)
    assert [found.iou[0] for found in session.learning.summary.classes] == pytest.approx(ious)


def test_a_report_is_written_of_what_was_reviewed(session, folder, tmp_path, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    qtbot.waitUntil(lambda: session.learning.is_ready, timeout=60_000)
    session.files.report(tmp_path / "report.html")
    qtbot.waitUntil(lambda: any("nothing to report" in m.text for m in session.messages))
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    session.show_next()
    qtbot.waitUntil(lambda: session.image is not None and session.image.item.name == "1.png")
    wait_for_prediction(session, qtbot, is_suggestion=False)
    session.reviewing.mark_reviewed()
    qtbot.waitUntil(lambda: session.learning.summary.images == 1, timeout=20_000)
    session.files.report(tmp_path / "report.html")
    qtbot.waitUntil(lambda: any(m.action_text == "Open it" for m in session.messages))
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "1.png" in text
    assert "<svg" in text


def test_scores_and_their_classes_are_there_again_after_a_restart(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    image = session.image.item
    score = Score(image.name, "v0001", 0.6, ((0, 50, 60, 60), (1, 10, 20, 30)))
    session.project.add_score(image.id, score.version, score.as_plain())
    session.close()
    open_and_wait(session, folder, qtbot)
    assert session.learning.scores == (score,)
    qtbot.waitUntil(lambda: session.learning.summary.images == 1, timeout=20_000)
    assert [found.class_id for found in session.learning.summary.classes] == [0, 1]


def test_a_broken_image_is_named_and_the_others_go_on(session, folder, qtbot) -> None:
    (folder / "0.png").write_bytes(b"this is no picture")
    (folder / "3.png").write_bytes(b"")
    open_folder(qtbot, session, folder)
    qtbot.waitUntil(lambda: any("0.png" in m.text for m in session.messages), timeout=20_000)
    states = lambda: {item.name: item.state for item in session.images()}  # noqa: E731
    qtbot.waitUntil(lambda: states().get("3.png") is ImageState.FAILED, timeout=30_000)
    assert states()["0.png"] is ImageState.FAILED
    qtbot.waitUntil(lambda: session.image is not None and session.image.item.name == "1.png")


def test_a_folder_without_images_is_said_in_a_sentence(session, tmp_path, qtbot) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    open_folder(qtbot, session, empty)
    qtbot.waitUntil(lambda: any("no image" in m.text for m in session.messages))


def test_a_folder_that_is_gone_is_said_and_nothing_opens(session, tmp_path, qtbot) -> None:
    assert not open_folder(qtbot, session, tmp_path / "gone")
    assert session.project is None
    assert "gone" in session.messages[-1].text


def test_an_image_that_vanishes_is_said_when_it_is_wanted(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    (folder / "2.png").unlink()
    session.show_image(session.images()[2].id)
    qtbot.waitUntil(lambda: any("2.png" in m.text for m in session.messages))


def test_a_second_window_may_look_but_not_change(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    other = Session(device="cpu")
    told = []
    other.message_shown.connect(told.append)
    assert not open_folder(qtbot, other, folder)
    assert told[-1].action is not None
    told[-1].action()
    qtbot.waitUntil(lambda: other.image is not None, timeout=20_000)
    assert not other.editing.can_edit
    paint(other, 20, 20, 1)
    assert (other.image.layers.labels == 255).all()
    other.close()


def test_paging_fast_shows_only_the_last_image_asked_for(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    shown = []
    session.image_changed.connect(lambda: shown.append(session.image and session.image.item.name))
    session.show_next()
    session.show_next()
    qtbot.waitUntil(lambda: session.image is not None and session.image.item.name == "2.png")
    assert "1.png" not in shown


def test_a_class_added_in_mid_work_can_be_painted_and_predicted(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    new = session.class_editing.add("rim")
    assert (new, session.current_class) == (2, 2)
    paint(session, 50, 40, new, radius=5)
    qtbot.waitUntil(lambda: (session.image.layers.prediction == new).any(), timeout=30_000)


def test_paused_learning_still_answers_strokes(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    session.modelling.pause()
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    assert session.learning.is_paused
    assert session.learning.step == 0
    session.modelling.resume()
    assert not session.learning.is_paused


def test_closing_in_the_middle_of_everything_keeps_what_was_painted(folder, qtbot) -> None:
    session = Session(device="cpu")
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    painted = session.image.layers.labels.copy()
    session.close()
    again = Session(device="cpu")
    open_and_wait(again, folder, qtbot)
    assert (again.image.layers.labels == painted).all()
    again.close()


def test_exported_masks_are_what_is_shown_in_the_size_of_the_images(
    session, folder, tmp_path, qtbot
) -> None:
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    session.modelling.pause()
    shown = session.image.layers.composite()
    session.files.export("ids", tmp_path / "masks")
    qtbot.waitUntil(lambda: any("3 masks" in m.text for m in session.messages), timeout=20_000)
    written = cv2.imread(str(tmp_path / "masks" / "0.png"), cv2.IMREAD_UNCHANGED)
    assert written.shape == (80, 100)
    assert (written == shown).all()


def test_an_export_over_existing_files_asks_first(session, folder, tmp_path, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    masks = tmp_path / "masks"
    masks.mkdir()
    (masks / "0.png").write_bytes(b"mine")
    session.files.export("ids", masks)
    qtbot.waitUntil(lambda: any(m.action is not None for m in session.messages), timeout=20_000)
    assert (masks / "0.png").read_bytes() == b"mine"
    next(m for m in session.messages if m.action is not None).action()
    qtbot.waitUntil(lambda: any("masks are in" in m.text for m in session.messages), timeout=20_000)
    assert (masks / "0.png").read_bytes() != b"mine"


def test_imported_labels_are_the_person_s_and_are_learned(session, folder, tmp_path, qtbot) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    wanted = np.zeros((80, 100), np.uint8)
    wanted[30:50, 30:60] = 1
    cv2.imwrite(str(masks / "0.png"), wanted)
    cv2.imwrite(str(masks / "1.png"), np.zeros((7, 7), np.uint8))
    open_and_wait(session, folder, qtbot)
    label_import, finished = LabelImport(session.project, masks, "ids"), []
    session.files.take_labels(label_import, Choices(), finished=lambda: finished.append(True))
    qtbot.waitUntil(lambda: any("imported" in m.text for m in session.messages), timeout=20_000)
    assert finished == [True]
    told = next(m.text for m in session.messages if "imported" in m.text)
    assert "1.png" in told
    assert "7 x 7" in told
    qtbot.waitUntil(
        lambda: session.image is not None and (session.image.layers.labels == wanted).all()
    )
    wait_for_prediction(session, qtbot, is_suggestion=False)


def test_a_damaged_undo_step_is_said_and_changes_nothing(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    paint(session, 20, 20, 1)
    painted = session.image.layers.labels.copy()
    history = session.image.history
    edit = history.undo()
    tile = dataclasses.replace(edit.tiles[0], before=b"damaged")
    history.push(dataclasses.replace(edit, tiles=(tile,)))
    session.editing.undo()
    assert (session.image.layers.labels == painted).all()
    assert "damaged" in session.messages[-1].text
    assert history.undo_name == "Brush stroke"


def test_the_model_learns_from_exactly_what_is_painted_also_after_undo(
    session, folder, qtbot
) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    paint_both_classes(session)
    paint(session, 30, 30, 0)
    session.editing.undo()
    wait_for_prediction(session, qtbot, is_suggestion=False)
    learner = session.modelling._link._engine._workshop.learner
    painted = session.image.layers.labels
    qtbot.waitUntil(
        lambda: np.array_equal(learner.samples["0.png"].labels, painted), timeout=20_000
    )


def test_a_label_file_written_on_demand_holds_every_stroke(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    paint(session, 20, 20, 1)
    paint(session, 60, 40, 0)
    session.editing.undo()
    session.editing.save_labels()
    assert session.project.flush()
    stored, _ = read_label_png(session.project.label_path(session.image.item.id))
    assert np.array_equal(stored, session.image.layers.labels)
    assert (stored != 255).any()


def accept_slowly(session, monkeypatch, qtbot, meanwhile) -> np.ndarray:
    """Accept as with a large image, doing something else before it is ready; the prediction."""
    monkeypatch.setattr(large_edits, "AT_ONCE", 0)
    prediction = session.image.layers.prediction
    done = []
    assert session.editing.accept_prediction(lambda: done.append(True))
    meanwhile()
    qtbot.waitUntil(lambda: bool(done), timeout=20_000)
    return prediction


def test_a_large_prediction_is_accepted_beside_the_window_and_undone(
    session, folder, qtbot, monkeypatch
) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    before = session.image.layers.labels.copy()
    prediction = accept_slowly(session, monkeypatch, qtbot, lambda: None)
    assert np.array_equal(session.image.layers.labels, prediction)
    session.editing.undo()
    assert np.array_equal(session.image.layers.labels, before)


def test_a_stroke_during_accepting_is_kept_and_undone_in_order(
    session, folder, qtbot, monkeypatch
) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    recorder = None

    def begin_stroke() -> None:
        nonlocal recorder
        recorder = session.editing.begin()
        recorder.touch(10, 10, 20, 20)
        session.image.layers.labels[10:20, 10:20] = 0
        # Not before the edit in the making has been refused because of the open stroke.
        qtbot.waitUntil(lambda: session.editing._large._is_due, timeout=20_000)
        session.editing.commit(recorder, "Brush stroke")

    prediction = accept_slowly(session, monkeypatch, qtbot, begin_stroke)
    expected = prediction.copy()
    expected[10:20, 10:20] = 0
    assert np.array_equal(session.image.layers.labels, expected)
    session.editing.undo()
    painted = session.image.layers.labels
    assert (painted[10:20, 10:20] == 0).all()
    assert (painted != 255).sum() == 100


def test_a_stroke_that_is_cancelled_while_the_prediction_is_accepted_leaves_no_trace(
    session, folder, qtbot, monkeypatch
) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    recorder = session.editing.begin()
    recorder.touch(0, 0, 9, 9)
    session.image.layers.labels[:9, :9] = 1 - int(session.image.layers.prediction[0, 0])

    def cancel_stroke() -> None:
        behind = threading.Event()
        session.do_behind(behind.set)
        assert behind.wait(20)
        session.editing.cancel(recorder)

    prediction = accept_slowly(session, monkeypatch, qtbot, cancel_stroke)
    assert np.array_equal(session.image.layers.labels, prediction)
    session.editing.undo()
    assert (session.image.layers.labels == 255).all()
    session.editing.redo()
    assert np.array_equal(session.image.layers.labels, prediction)


def test_a_stroke_that_ends_before_the_edit_is_ready_survives_its_undo(
    session, folder, qtbot, monkeypatch
) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    made = threading.Event()
    original = editing.filling

    def noted(*arguments):
        edit = original(*arguments)
        made.set()
        return edit

    monkeypatch.setattr(editing, "filling", noted)

    def stroke() -> None:
        # The edit is made, and waits for the event loop to be taken.
        assert made.wait(20)
        paint(session, 30, 30, 0)

    accept_slowly(session, monkeypatch, qtbot, stroke)
    session.editing.undo()
    assert session.image.layers.labels[30, 30] == 0
