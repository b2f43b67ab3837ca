"""A simulated session paints, learns and scores image after image."""

import numpy as np
import pytest

from segmodels.annotator import UNLABELLED, SimulatedAnnotator
from segmodels.simulation import (
    FinishedImage,
    area_under_curve,
    count_classes,
    mean_iou,
    simulate,
)


class Copyist:
    """Knows the truth of every image as soon as it was told anything."""

    def __init__(self, images):
        self.truths = {image.name: image.truth for image in images}
        self.samples = {}
        self.studied = []

    def put_sample(self, key, image, labels):
        self.samples[key] = labels.copy()

    def answer(self):
        pass

    def study(self, seconds):
        self.studied.append(seconds)

    def predict(self, key, image):
        return self.truths[key] if self.samples else None


class Stubborn(Copyist):
    """Says class 0, whatever it is told."""

    def predict(self, key, image):
        return np.zeros(image.shape[:2], np.uint8) if self.samples else None


@pytest.fixture
def images():
    found = []
    for number in range(6):
        truth = np.zeros((60, 80), np.uint8)
        truth[10 + number : 40, 20:60] = 1
        found.append(FinishedImage(f"{number}.png", np.dstack([truth * 200] * 3), truth))
    return found


def test_a_perfect_student_is_painted_once_and_left_alone(images):
    student = Copyist(images)
    lessons = list(simulate(student, images[:3], images[3:], SimulatedAnnotator()))
    assert [lesson.strokes for lesson in lessons] == [2, 2, 2]
    assert [lesson.others for lesson in lessons] == [1, 1, 1]
    assert [lesson.prequential for lesson in lessons] == [None, 1, 1]
    assert area_under_curve(lessons) == 1


def test_a_stubborn_student_is_corrected_for_three_rounds(images):
    student = Stubborn(images)
    lessons = list(simulate(student, images[:3], images[3:], SimulatedAnnotator()))
    assert [lesson.strokes for lesson in lessons] == [2, 5, 8]
    assert lessons[-1].others < 0.5
    assert lessons[-1].user_seconds > lessons[0].user_seconds > 2 * 1.7


def test_the_honest_score_is_against_what_the_person_left_behind(images):
    lessons = list(simulate(Stubborn(images), images[:2], images[2:], SimulatedAnnotator()))
    # The person's strokes cover only a part of the object: what is left behind looks better.
    assert lessons[1].honest > lessons[1].prequential


def test_labels_are_strokes_of_that_image_only(images):
    student = Stubborn(images)
    list(simulate(student, images[:3], images[3:], SimulatedAnnotator()))
    for image in images[:3]:
        labels = student.samples[image.name]
        painted = labels != UNLABELLED
        assert painted.any()
        assert np.array_equal(labels[painted], image.truth[painted])
    assert set(student.samples) == {"0.png", "1.png", "2.png"}


def test_study_follows_each_image_when_there_are_seconds(images):
    student = Copyist(images)
    list(simulate(student, images[:3], images[3:], SimulatedAnnotator(), seconds=7))
    assert student.studied == [7, 7, 7]


def test_mean_iou_is_over_all_pixels_and_the_classes_that_are_true():
    truth = np.array([[0, 0, 1, UNLABELLED]], np.uint8)
    predicted = np.array([[0, 1, 1, 2]], np.uint8)
    assert mean_iou([(truth, predicted)]) == pytest.approx((1 / 2 + 1 / 2) / 2)


def test_classes_are_counted_over_all_images_without_the_unlabelled(images):
    assert count_classes(images) == 2
    truth = np.array([[7, UNLABELLED]], np.uint8)
    image = FinishedImage("x", np.zeros((1, 2, 3), np.uint8), truth)
    assert count_classes([*images, image]) == 8
