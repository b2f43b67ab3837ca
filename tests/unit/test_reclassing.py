"""Classes of all images are changed: labels, predictions and the model, on a real engine."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.catalogue import ImageState
from app.document.class_plan import DELETED, ClassPlan
from app.document.export import export
from app.document.export.doctor import examine
from app.document.export.record import ExportRecord
from app.engine.events import Failed, SamplesLearned
from app.scoring import Score
from app.session import Session
from tests.opening import open_folder

SIZE = (80, 100)
GROUND, DISC, SQUARE = 0, 1, 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images, each with a bright disc and a dark square on grey."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3):
        truth = truth_of(number)
        noise = np.random.default_rng(number).normal(0, 6, (*SIZE, 3))
        image = np.array([110, 220, 20])[truth][..., None] + noise
        cv2.imwrite(str(folder / f"{number}.png"), np.clip(image, 0, 255).astype(np.uint8))
    return folder


def truth_of(number: int) -> np.ndarray:
    truth = np.zeros(SIZE, np.uint8)
    cv2.circle(truth, (25 + 5 * number, 30), 14, DISC, -1)
    cv2.rectangle(truth, (60, 40 + 5 * number), (85, 65 + 5 * number), SQUARE, -1)
    return truth


@pytest.fixture
def session(qtbot, folder: Path):
    """The first image is painted, and the model has predicted the others by that."""
    session = Session(device="cpu")
    session.told, session.events = [], []
    session.message_shown.connect(session.told.append)
    session.engine_spoke.connect(lambda project, event: session.events.append(event))
    assert open_folder(qtbot, session, folder)
    session.modelling.pause()
    session.class_editing.add("square")
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    recorder = session.editing.begin()
    recorder.touch(0, 0, SIZE[1], SIZE[0])
    labels, truth = session.image.layers.labels, truth_of(0)
    labels[25:75, 20:80] = truth[25:75, 20:80]
    session.editing.commit(recorder, "Brush")
    qtbot.waitUntil(lambda: is_predicted(session, truth_of), timeout=60_000)
    yield session
    session.close()


def prediction_of(session: Session, number: int) -> np.ndarray | None:
    image_id = session.project.item_by_name(f"{number}.png").id
    return session.project.load_layers(image_id, SIZE)[0].prediction


def is_predicted(session: Session, wanted) -> bool:
    found = [prediction_of(session, number) for number in (1, 2)]
    return all(
        one is not None and (one == wanted(number)).mean() > 0.9
        for number, one in enumerate(found, start=1)
    )


def change(qtbot, session: Session, order=(0, 1, 2), **becomes: int) -> None:
    """Put the classes into this order; `c2=1` merges class 2 into class 1."""
    rows = {row.id: row for row in ClassPlan.of(session.classes).rows}
    for key, target in becomes.items():
        rows[int(key[1:])] = replace(rows[int(key[1:])], becomes=target)
    plan = ClassPlan(tuple(rows[class_id] for class_id in order))
    done = []
    session.reclassing.apply(plan, finished=lambda: done.append(True), show=lambda progress: None)
    qtbot.waitUntil(lambda: bool(done), timeout=20_000)


def wait_until_learned(qtbot, session: Session) -> None:
    """Wait until the engine has the new numbers, and has learned the strokes anew."""
    number = session.project.numbering.number

    def has_learned() -> bool:
        events = session.events
        places = [n for n, e in enumerate(events) if getattr(e, "numbering", None) == number]
        return bool(places) and any(isinstance(e, SamplesLearned) for e in events[places[0] :])

    qtbot.waitUntil(has_learned, timeout=30_000)


def mapped(*ids: int):
    return lambda number: np.array(ids, np.uint8)[truth_of(number)]


def exported(session: Session, target: Path) -> tuple[list[np.ndarray], list[str]]:
    """The masks as they are on the disk, and what the doctor says."""
    with ExportRecord() as record:
        list(export(session.project, "ids", target, overwrite=True, record=record))
        problems = [found.problem for found in examine(record, target) if found.problem]
    masks = [cv2.imread(str(target / f"{number}.png"), cv2.IMREAD_UNCHANGED) for number in range(3)]
    return masks, problems


def test_another_order_turns_what_was_predicted_and_what_will_be(qtbot, session, tmp_path) -> None:
    turned = mapped(1, 2, 0)
    change(qtbot, session, (SQUARE, GROUND, DISC))
    # At once, before the engine has said anything.
    assert is_predicted(session, turned)
    masks, problems = exported(session, tmp_path / "out")
    assert all((mask == turned(number)).mean() > 0.9 for number, mask in enumerate(masks))
    assert problems == []
    wait_until_learned(qtbot, session)
    count = len(session.events)
    session.show_image(session.project.item_by_name("2.png").id)
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    qtbot.waitUntil(
        lambda: any(
            getattr(e, "image", None) and e.image.key == "2.png" for e in session.events[count:]
        ),
        timeout=30_000,
    )
    assert (session.image.layers.prediction == turned(2)).mean() > 0.9
    assert is_predicted(session, turned)
    assert not [e for e in session.events if isinstance(e, Failed)]


def test_what_the_engine_says_before_it_knows_the_new_numbers_is_not_heard(
    qtbot, session, monkeypatch
) -> None:
    from app.engine.events import Predicted

    old = next(e for e in session.events if isinstance(e, Predicted) and not e.is_suggestion)
    project = session.project
    monkeypatch.setattr(session.modelling.link, "renumber", lambda ids: None)
    change(qtbot, session, (SQUARE, GROUND, DISC))
    before = prediction_of(session, 1)
    stale = replace(old, image=replace(old.image, key="1.png"), labels=truth_of(1))
    session.modelling.hear(project, stale)
    np.testing.assert_array_equal(prediction_of(session, 1), before)


@pytest.mark.parametrize("becomes", [DELETED, GROUND])
def test_a_class_that_goes_leaves_no_number_behind_and_can_come_back(
    qtbot, session, tmp_path, becomes: int
) -> None:
    before = session.image.layers.labels.copy()
    change(qtbot, session, c2=becomes)
    assert session.told[-1].action_text == "Take it back"
    masks, problems = exported(session, tmp_path / "out")
    assert problems == []
    assert not any((mask == SQUARE).any() for mask in masks)
    wait_until_learned(qtbot, session)
    qtbot.waitUntil(lambda: is_predicted(session, lambda n: mapped(0, 1, 0)(n)), timeout=30_000)
    assert not [e for e in session.events if isinstance(e, Failed)]
    session.told[-1].action()
    qtbot.waitUntil(lambda: not session.reclassing.is_busy, timeout=20_000)
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    np.testing.assert_array_equal(session.image.layers.labels, before)
    assert [item.name for item in session.classes] == ["background", "object", "square"]
    qtbot.waitUntil(lambda: is_predicted(session, truth_of), timeout=60_000)
    assert not [e for e in session.events if isinstance(e, Failed)]


def test_without_the_class_that_is_guessed_no_guess_is_kept(qtbot, session, tmp_path) -> None:
    change(qtbot, session, c1=DELETED, c2=DELETED)
    wait_until_learned(qtbot, session)
    masks, problems = exported(session, tmp_path / "out")
    assert problems == []
    assert all(np.isin(mask, (0, 255)).all() for mask in masks)
    assert session.project.item_by_name("1.png").state is ImageState.NEW


def test_scores_by_class_are_of_the_numbers_that_they_were_measured_with(qtbot, session) -> None:
    project = session.project
    score = Score("1.png", "v0001", 0.5, ((DISC, 10, 20, 30),))
    project.add_score(project.item_by_name("1.png").id, "v0001", score.as_plain())
    change(qtbot, session, (SQUARE, GROUND, DISC))
    (found,) = session.learning.scores
    assert (found.mean_iou, found.areas) == (0.5, ())
    session.reclassing.undo()
    qtbot.waitUntil(lambda: not session.reclassing.is_busy, timeout=20_000)
    assert session.learning.scores == (score,)


def test_the_chosen_class_stays_chosen_under_its_new_number(qtbot, session) -> None:
    session.select_class(DISC)
    change(qtbot, session, (SQUARE, GROUND, DISC))
    assert session.classes.by_id(session.current_class).name == "object"
    change(qtbot, session, c2=DELETED)
    assert session.classes.has(session.current_class)
