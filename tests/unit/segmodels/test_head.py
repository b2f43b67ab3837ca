"""The pixel head: solved, warm-started, grown."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from segmodels.head import HeadSettings, PixelHead, solve_head
from segmodels.samples import HeadSample, LabelledPixels, gather


def blobs(classes: int = 3, *, count: int = 120, seed: int = 0) -> HeadSample:
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    centres = 3 * torch.randn(classes, 6, generator=torch.Generator().manual_seed(5))
    rows = centres[labels] + torch.randn(count, 6, generator=random)
    return HeadSample(100 + 5 * rows, labels, torch.ones(count))


@pytest.mark.parametrize("kind", ["mlp", "logistic", "ridge"])
def test_every_kind_of_head_tells_blobs_apart(kind) -> None:
    head, loss = solve_head(blobs(), classes=3, settings=HeadSettings(kind=kind))
    test = blobs(seed=1)
    assert loss < 0.5
    assert (head(test.rows).argmax(1) == test.labels).float().mean() > 0.95


def test_a_class_that_nobody_painted_is_never_given() -> None:
    sample = blobs(2)
    head, _ = solve_head(sample, classes=5)
    assert (head(sample.rows)[:, 2:] == float("-inf")).all()


def test_solving_again_starts_from_the_last_solution() -> None:
    settings = HeadSettings(iterations=200, warm_iterations=1)
    first, loss = solve_head(blobs(), classes=3, settings=settings)
    again, warm = solve_head(blobs(), classes=3, settings=settings, start=first)
    assert warm <= loss * 1.01
    assert again is not first


def test_a_warm_start_forgets_nothing_when_the_sample_changes_its_spread() -> None:
    head, _ = solve_head(blobs(), classes=3)
    rows = blobs(seed=3).rows
    before = head(rows)
    head.restandardise(head.mean + 7, head.scale * 2)
    torch.testing.assert_close(head(rows), before, atol=1e-3, rtol=1e-3)


def test_more_classes_change_nothing_for_the_old_ones() -> None:
    head, _ = solve_head(blobs(), classes=3)
    rows = blobs().rows
    torch.testing.assert_close(head.with_classes(7)(rows)[:, :3], head(rows))


def test_a_saved_shape_builds_the_same_head() -> None:
    head, _ = solve_head(blobs(), classes=3)
    again = PixelHead(**head.config())
    again.load_state_dict(head.state_dict())
    torch.testing.assert_close(again(blobs().rows), head(blobs().rows))


def test_the_fit_does_not_depend_on_how_often_a_pixel_is_there() -> None:
    sample = blobs()
    twice = HeadSample(sample.rows.repeat(2, 1), sample.labels.repeat(2), sample.weights.repeat(2))
    settings = replace(HeadSettings(), kind="ridge")
    one, _ = solve_head(sample, classes=3, settings=settings)
    two, _ = solve_head(twice, classes=3, settings=settings)
    torch.testing.assert_close(one(sample.rows), two(sample.rows), atol=1e-3, rtol=1e-3)


def pixels(*counts: int) -> LabelledPixels:
    labels = torch.cat([torch.full((count,), value) for value, count in enumerate(counts)])
    features = torch.arange(len(labels) * 2, dtype=torch.float16).reshape(-1, 2)
    return LabelledPixels(labels.numpy().astype("uint8"), features)


def test_the_sample_is_bounded_and_keeps_every_class_of_every_image() -> None:
    sample = gather([pixels(5000, 10), pixels(3000, 0, 40)], limit=500)
    assert 480 <= len(sample.labels) <= 510
    assert set(sample.labels.tolist()) == {0, 1, 2}


def test_a_class_counts_with_the_root_of_its_pixels() -> None:
    sample = gather([pixels(900, 100)], limit=10_000)
    masses = [float(sample.weights[sample.labels == value].sum()) for value in (0, 1)]
    assert masses[0] / masses[1] == pytest.approx(3, rel=0.01)
