"""Generated scenes: seeded, of every family, with strokes inside their class."""

from __future__ import annotations

import numpy as np
import pytest

from segmodels.starter.companions import COMPANION_COUNT, companions
from segmodels.starter.episodes import CLASSES, paint_strokes, sample_episodes
from segmodels.starter.scenes import FAMILIES, sample_kind

families = pytest.mark.parametrize("family", list(FAMILIES))


@families
def test_the_same_seed_draws_the_same_scene(family: str) -> None:
    first, second = (
        sample_kind(rng, (family,)).draw(rng, (72, 96))
        for rng in (np.random.default_rng(3), np.random.default_rng(3))
    )
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.labels, second.labels)


@families
def test_another_seed_draws_another_scene(family: str) -> None:
    first, second = (
        sample_kind(rng, (family,)).draw(rng, (72, 96))
        for rng in (np.random.default_rng(3), np.random.default_rng(4))
    )
    assert (first.image != second.image).any()


@families
def test_a_scene_has_the_size_asked_for_and_two_classes_or_more(family: str) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        kind = sample_kind(rng, (family,))
        scenes = [kind.draw(rng, (90, 131)) for _ in range(6)]
        for scene in scenes:
            assert scene.image.shape == (90, 131, 3)
            assert scene.image.dtype == np.uint8
            assert scene.labels.shape == (90, 131)
            assert scene.labels.dtype == np.uint8
            assert scene.labels.max() < CLASSES
        assert any(len(np.unique(scene.labels)) >= 2 for scene in scenes)


@families
def test_two_images_of_a_kind_are_not_the_same_picture(family: str) -> None:
    rng = np.random.default_rng(8)
    kind = sample_kind(rng, (family,))
    first, second = kind.draw(rng, (64, 64)), kind.draw(rng, (64, 64))
    assert (first.image != second.image).any()


def test_strokes_stay_inside_their_class() -> None:
    labels = np.zeros((80, 80), np.uint8)
    labels[20:50, 30:60] = 1
    for seed in range(20):
        painted = paint_strokes(np.random.default_rng(seed), labels, 1)
        assert painted.any()
        assert (labels[painted] == 1).all()


def test_companions_have_finite_values_even_on_a_flat_image() -> None:
    flat = np.full((33, 50, 3), 128, np.uint8)
    given = companions(flat)
    assert given.shape == (33, 50, COMPANION_COUNT)
    assert np.isfinite(given).all()


def test_episodes_are_seeded() -> None:
    first, second = (sample_episodes(np.random.default_rng(5), size=64, count=2) for _ in range(2))
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.stroke_index, second.stroke_index)
    np.testing.assert_array_equal(first.scored_labels, second.scored_labels)


def test_weights_of_strokes_are_balanced_between_classes() -> None:
    episodes = sample_episodes(np.random.default_rng(6), size=64, count=4)
    for labels, weights in zip(episodes.stroke_labels, episodes.stroke_weights, strict=True):
        shares = np.bincount(labels, weights)
        shares = shares[shares > 0]
        assert len(shares) >= 2
        np.testing.assert_allclose(shares, 1 / len(shares), rtol=1e-4)


def test_no_stroke_pixel_is_scored() -> None:
    episodes = sample_episodes(np.random.default_rng(7), size=64, count=4)
    for strokes, scored in zip(episodes.stroke_index, episodes.scored_index, strict=True):
        assert not np.isin(scored, strokes).any()


def test_only_classes_with_strokes_are_scored() -> None:
    episodes = sample_episodes(np.random.default_rng(9), size=64, count=4)
    for strokes, scored in zip(episodes.stroke_labels, episodes.scored_labels, strict=True):
        assert np.isin(scored, strokes).all()
