"""Crops keep labels on their pixels, and show rare classes as often as common ones."""

from __future__ import annotations

import numpy as np
import torch
from pictures import disc_picture

import segmodels
from segmodels.finetuning.crops import CropSource, Lesson
from segmodels.image_statistics import ImageStatistics
from segmodels.samples import Sample


def source_of(labels: np.ndarray, image: np.ndarray) -> CropSource:
    sample = Sample.of("a", image, labels)
    lesson = Lesson(sample, labels, ImageStatistics.of(image))
    return CropSource([lesson], scale=None, seed=0)


def test_labels_of_a_crop_stay_on_their_pixels() -> None:
    image, truth = disc_picture(200, 200, seed=2)
    crops = source_of(truth, image).draw(
        6, 64, device=torch.device("cpu"), random=torch.Generator().manual_seed(0)
    )
    assert crops.images.shape == (6, 3, 64, 64)
    red = crops.images[:, 0]
    inside, outside = red[crops.labels == 1], red[crops.labels == 0]
    assert len(inside) > 500
    assert inside.mean() - outside.mean() > 1
    assert (inside > outside.mean()).float().mean() > 0.95


def test_rare_classes_are_in_the_middle_as_often_as_common_ones() -> None:
    image, _ = disc_picture(200, 200)
    labels = np.zeros((200, 200), np.uint8)
    labels[100:103, 100:103] = 1
    crops = source_of(labels, image).draw(
        40, 32, device=torch.device("cpu"), random=torch.Generator().manual_seed(0)
    )
    assert (crops.labels == 1).flatten(1).any(1).float().mean() > 0.25


def test_an_image_smaller_than_a_crop_is_reflected_and_has_no_labels_outside() -> None:
    image, truth = disc_picture(40, 40, objects=1)
    crops = source_of(truth, image).draw(
        3, 96, device=torch.device("cpu"), random=torch.Generator().manual_seed(0)
    )
    assert crops.images.isfinite().all()
    assert (crops.labels == segmodels.UNLABELLED).float().mean() > 0.3
