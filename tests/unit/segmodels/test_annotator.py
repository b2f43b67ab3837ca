"""The simulated annotator paints what is true, where the prediction is wrong."""

import math

import numpy as np
import pytest

from segmodels.annotator import (
    UNLABELLED,
    AnnotatorSettings,
    SimulatedAnnotator,
    Stroke,
    paint,
    user_seconds,
)


def blobs(seed: int = 0, size: int = 160) -> np.ndarray:
    """Three classes in smooth shapes, and a rim of no class."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    truth = np.zeros((size, size), np.uint8)
    for class_id in (1, 1, 2, 2, 1, 2):
        cx, cy = random.uniform(0, size, 2)
        a, b = random.uniform(3, 40, 2)
        truth[((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1] = class_id
    truth[:4] = UNLABELLED
    return truth


@pytest.mark.parametrize("seed", range(20))
def test_every_painted_pixel_is_true(seed):
    truth = blobs(seed)
    annotator = SimulatedAnnotator(seed=seed)
    labels = np.full_like(truth, UNLABELLED)
    random = np.random.default_rng(seed)
    predicted = random.integers(0, 3, truth.shape, dtype=np.uint8)
    predicted[40:100, 40:100] = 1
    paint(labels, annotator.first_strokes(truth))
    paint(labels, annotator.corrections(truth, np.zeros_like(truth)))
    paint(labels, annotator.corrections(truth, predicted))
    set_pixels = labels != UNLABELLED
    assert set_pixels.any()
    assert np.array_equal(labels[set_pixels], truth[set_pixels])


def test_the_first_image_gets_one_short_stroke_in_each_class():
    truth = blobs(3)
    strokes = SimulatedAnnotator().first_strokes(truth)
    present = sorted(set(np.unique(truth).tolist()) - {UNLABELLED})
    assert [stroke.class_id for stroke in strokes] == present
    assert all(stroke.length <= 40 + 12 for stroke in strokes)
    assert all(stroke.radius <= 6 for stroke in strokes)


def test_corrections_go_to_the_largest_wrong_regions_first():
    truth = np.zeros((200, 200), np.uint8)
    truth[10:20, 10:20] = 1
    truth[100:180, 100:180] = 2
    truth[10:60, 100:140] = 1
    strokes = SimulatedAnnotator().corrections(truth, np.zeros_like(truth))
    assert [stroke.class_id for stroke in strokes] == [2, 1, 1]
    assert [stroke.radius for stroke in strokes] == sorted(
        (stroke.radius for stroke in strokes), reverse=True
    )


def test_a_round_has_no_more_than_three_strokes():
    truth = np.zeros((100, 100), np.uint8)
    truth[::20] = 1
    assert len(SimulatedAnnotator().corrections(truth, 1 - truth)) == 3


def test_an_image_with_only_small_errors_is_left_alone():
    truth = np.zeros((60, 60), np.uint8)
    truth[10:15, 10:16] = 1
    assert SimulatedAnnotator().corrections(truth, np.zeros_like(truth)) == []
    truth[10:15, 16] = 1
    assert len(SimulatedAnnotator().corrections(truth, np.zeros_like(truth))) == 1


def test_pixels_of_no_class_are_never_wrong():
    truth = np.full((60, 60), UNLABELLED, np.uint8)
    assert SimulatedAnnotator().corrections(truth, np.zeros_like(truth)) == []
    assert SimulatedAnnotator().first_strokes(truth) == []


def test_a_stroke_follows_a_long_region():
    truth = np.zeros((300, 300), np.uint8)
    truth[140:155, 20:280] = 1
    (stroke,) = SimulatedAnnotator().corrections(truth, np.zeros_like(truth))
    assert stroke.length > 100
    assert 2 <= stroke.radius <= 7


def test_a_region_one_pixel_wide_is_painted_with_the_line_brush():
    truth = np.zeros((80, 80), np.uint8)
    truth[np.arange(10, 70), np.arange(10, 70)] = 1
    (stroke,) = SimulatedAnnotator().corrections(truth, np.zeros_like(truth))
    labels = np.full_like(truth, UNLABELLED)
    stroke.draw(labels)
    assert stroke.radius == 0
    assert set(np.unique(labels[truth == 1]).tolist()) == {1}
    assert not (labels[truth == 0] == 1).any()


def test_the_image_ends_a_region_too():
    truth = np.zeros((100, 100), np.uint8)
    (stroke,) = SimulatedAnnotator().corrections(truth, truth + 1)
    x0, y0, x1, y1 = stroke.bounds
    assert x0 >= 0
    assert y0 >= 0
    assert x1 <= 100
    assert y1 <= 100


def test_the_same_seed_paints_the_same_strokes():
    settings = AnnotatorSettings(shake=1.5, wrong_class=0.2)
    truth = blobs(1)

    def session(seed: int) -> list[Stroke]:
        annotator = SimulatedAnnotator(seed=seed, settings=settings)
        return annotator.first_strokes(truth) + annotator.corrections(truth, truth * 0)

    assert session(4) == session(4)
    assert session(4) != session(5)


def test_a_shaky_hand_leaves_the_line():
    truth = blobs(2)
    calm = SimulatedAnnotator(seed=1).first_strokes(truth)
    shaky = SimulatedAnnotator(seed=1, settings=AnnotatorSettings(shake=2)).first_strokes(truth)
    assert [stroke.points for stroke in calm] != [stroke.points for stroke in shaky]


def test_a_careless_person_paints_the_share_of_wrong_strokes_asked_for():
    settings = AnnotatorSettings(wrong_class=0.25)
    annotator = SimulatedAnnotator(seed=0, settings=settings)
    truth = np.zeros((40, 40), np.uint8)
    truth[:, 20:] = 1
    strokes = [annotator.first_strokes(truth) for _ in range(400)]
    wrong = sum(pair[0].class_id == 1 for pair in strokes) + sum(
        pair[1].class_id == 0 for pair in strokes
    )
    assert 0.2 < wrong / 800 < 0.3


def test_a_stroke_costs_finding_drawing_and_letting_go():
    stroke = Stroke(((0, 0), (300, 400)), 5, 1)
    assert math.isclose(stroke.length, 500)
    assert math.isclose(stroke.user_seconds, 1.5 + 500 / 400 + 0.2)
    assert math.isclose(user_seconds([stroke, stroke]), 2 * stroke.user_seconds)


def test_the_bounds_hold_every_pixel_of_a_stroke():
    stroke = Stroke(((30, 40), (50, 45)), 7, 1)
    labels = np.full((100, 100), UNLABELLED, np.uint8)
    stroke.draw(labels)
    x0, y0, x1, y1 = stroke.bounds
    labels[y0:y1, x0:x1] = UNLABELLED
    assert (labels == UNLABELLED).all()


def test_a_dab_is_an_exact_disc():
    labels = np.full((41, 41), UNLABELLED, np.uint8)
    Stroke(((20, 20),), 9, 3).draw(labels)
    y, x = np.mgrid[-20:21, -20:21]
    assert np.array_equal(labels == 3, x * x + y * y <= 81)
