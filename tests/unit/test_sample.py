"""The sample images are varied, repeatable, and their truth fits them."""

import numpy as np

from app.document.files import read_label_png
from app.document.images import load_image
from app.sample import SAMPLE_CLASSES, make_sample, write_samples


def test_the_same_number_gives_the_same_image():
    first, again = make_sample(3), make_sample(3)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.truth, again.truth)
    assert not np.array_equal(first.image, make_sample(4).image)
    assert not np.array_equal(first.image, make_sample(3, seed=1).image)


def test_every_class_is_in_every_image_and_nuclei_are_dark():
    for number in range(4):
        sample = make_sample(number)
        assert set(np.unique(sample.truth).tolist()) == set(range(len(SAMPLE_CLASSES)))
        light = [float(sample.image[sample.truth == k].mean()) for k in range(3)]
        assert light[0] > light[1] > light[2]


def test_images_and_truth_are_written_under_the_same_names(tmp_path):
    images, truth = write_samples(tmp_path / "demo", count=2)
    names = sorted(path.name for path in images.iterdir())
    assert (
        names == sorted(path.name for path in truth.iterdir()) == ["cells_01.png", "cells_02.png"]
    )
    sample = make_sample(1)
    assert np.array_equal(load_image(images / "cells_02.png"), sample.image)
    assert np.array_equal(read_label_png(truth / "cells_02.png")[0], sample.truth)
