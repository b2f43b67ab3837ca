"""Slips of the brush are found among right strokes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from pictures import disc_picture, strokes

from segmodels import UNLABELLED, Learner, NothingToLearn, conflicts
from segmodels.conflicts import ConflictSettings, find_conflicts_steps
from segmodels.steps import run


def painted(count: int = 3) -> tuple[Learner, list[np.ndarray], list[np.ndarray]]:
    learner = Learner(classes=2, model="filters", device="cpu")
    truths, labels = [], []
    for seed in range(count):
        image, truth = disc_picture(seed=seed)
        labels.append(strokes(truth, seed=seed, per_class=6, radius=3))
        truths.append(truth)
        learner.put_sample(f"{seed}", image, labels[-1])
    learner.solve_head()
    return learner, truths, labels


def slip(
    learner: Learner, truth: np.ndarray, labels: np.ndarray, key: str, class_id: int = 1
) -> tuple[int, int]:
    """Paint background as something else, far from every disc; gives the place."""
    far = cv2.distanceTransform((truth == 0).astype(np.uint8), cv2.DIST_L2, 3)
    far[labels != UNLABELLED] = 0
    far[:6], far[-6:], far[:, :6], far[:, -6:] = 0, 0, 0, 0
    y, x = np.unravel_index(int(far.argmax()), far.shape)
    cv2.circle(labels, (int(x), int(y)), 4, class_id, -1)
    learner.put_sample(key, learner.samples[key].image, labels)
    learner.solve_head()
    return int(x), int(y)


def found_in(learner: Learner, **settings):
    samples = list(learner.samples.values())
    return run(find_conflicts_steps(learner, samples, ConflictSettings(**settings)))


@pytest.mark.parametrize("by_image_from", [99, 2], ids=["by stroke", "by image"])
def test_a_slip_is_the_first_of_the_conflicts(by_image_from: int) -> None:
    learner, truths, labels = painted()
    x, y = slip(learner, truths[1], labels[1], "1")
    found = found_in(learner, images_for_split=by_image_from, folds=3)
    assert found
    first = found[0]
    assert first.key == "1"
    assert (first.class_id, first.suggested) == (1, 0)
    assert first.box.x0 <= x < first.box.x1
    assert first.box.y0 <= y < first.box.y1
    assert first.mask.shape == (first.box.height, first.box.width)
    assert first.size > 30
    assert first.share > 0.8
    assert first.confidence >= 0.7


def test_right_strokes_are_no_conflicts() -> None:
    learner, _, _ = painted()
    assert found_in(learner) == []


def test_a_class_that_only_one_stroke_shows_is_no_conflict() -> None:
    learner, truths, labels = painted()
    learner.set_classes(3)
    slip(learner, truths[0], labels[0], "0", class_id=2)
    assert (labels[0] == 2).sum() > 40
    assert all(conflict.class_id != 2 for conflict in found_in(learner))


def test_with_one_class_there_is_nothing_to_compare() -> None:
    learner = Learner(classes=2, model="filters", device="cpu")
    image, truth = disc_picture()
    learner.put_sample("0", image, np.where(truth == 1, 1, UNLABELLED).astype(np.uint8))
    with pytest.raises(NothingToLearn):
        found_in(learner)


def test_it_tells_how_far_it_is_and_changes_nothing_of_the_learner() -> None:
    learner, truths, labels = painted()
    slip(learner, truths[1], labels[1], "1")
    before, image = learner.head, learner.samples["0"].image
    predicted = learner.predict(image)
    steps = find_conflicts_steps(learner, list(learner.samples.values()))
    shares = [share for share in steps if share is not None]
    assert shares == [0, pytest.approx(1 / 3), pytest.approx(2 / 3)]
    assert learner.head is before
    np.testing.assert_array_equal(learner.predict(image).labels, predicted.labels)


def test_a_slip_is_found_by_models_that_have_not_seen_its_group(monkeypatch) -> None:
    learner, truths, labels = painted(4)
    learner.set_grouping(lambda key: f"patient {int(key) // 2}")
    slip(learner, truths[1], labels[1], "1")
    learned_from = []
    real = conflicts.gather

    def gather(pixels, **options):
        learned_from.append(len(pixels))
        return real(pixels, **options)

    monkeypatch.setattr(conflicts, "gather", gather)
    found = found_in(learner, groups_for_split=2)
    assert found[0].key == "1"
    assert learned_from == [2, 2]
