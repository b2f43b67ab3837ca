"""True masks are found by the name of their image."""

import numpy as np
import pytest

from app.cli.terminal import CommandError
from app.cli.truth import TruthFolder, finished_names, load_finished
from app.document.files import write_aside, write_label_png


@pytest.fixture
def masks(tmp_path):
    def write(*names):
        for number, name in enumerate(names):
            write_label_png(tmp_path / "truth" / name, np.full((4, 6), number, np.uint8))
        return TruthFolder(tmp_path / "truth")

    return write


def test_a_mask_has_the_stem_of_its_image(masks):
    truth = masks("a.png", "sub/b.png")
    assert truth.find("a.jpg") == truth.folder / "a.png"
    assert truth.find("sub/b.tif") == truth.folder / "sub/b.png"
    assert truth.find("c.png") is None


def test_the_whole_name_goes_before_the_stem(masks):
    truth = masks("a.png", "a.jpg.png")
    assert truth.find("a.jpg") == truth.folder / "a.jpg.png"
    assert truth.find("a.tif") == truth.folder / "a.png"


def test_a_flat_folder_serves_images_in_folders(masks):
    truth = masks("a.png")
    assert truth.find("left/a.png") == truth.folder / "a.png"


def test_masks_in_another_folder_are_not_mixed_up(masks):
    truth = masks("left/a.png", "right/a.png")
    assert truth.find("right/a.jpg") == truth.folder / "right/a.png"


def test_a_mask_of_another_size_is_said_with_both_sizes(masks):
    with pytest.raises(CommandError, match=r"a\.png is 6 x 4 pixels, but a\.jpg is 9 x 8"):
        masks("a.png").read("a.jpg", (8, 9))


def test_a_broken_mask_is_named(masks, tmp_path):
    write_aside(tmp_path / "truth" / "a.png", b"no picture")
    with pytest.raises(CommandError, match=r"a\.png"):
        masks("b.png").read("a.jpg", (4, 6))


def test_no_folder_is_said(tmp_path):
    with pytest.raises(CommandError, match="is no folder"):
        TruthFolder(tmp_path / "nothing")


def test_finished_images_are_those_with_a_mask(masks, tmp_path):
    truth = masks("a.png")
    for name in ("a.png", "b.png"):
        write_label_png(tmp_path / "images" / name, np.zeros((4, 6), np.uint8))
    assert finished_names(tmp_path / "images", truth) == ["a.png"]
    image = load_finished(tmp_path / "images", truth, "a.png")
    assert image.image.shape == (4, 6, 3)
    assert image.truth.shape == (4, 6)


def test_large_images_are_shrunk_without_inventing_ids(tmp_path):
    labels = np.zeros((40, 80), np.uint8)
    labels[:, 41:] = 7
    write_label_png(tmp_path / "truth" / "a.png", labels)
    write_label_png(tmp_path / "images" / "a.png", labels)
    truth = TruthFolder(tmp_path / "truth")
    image = load_finished(tmp_path / "images", truth, "a.png", long_side=20)
    assert image.image.shape == (10, 20, 3)
    assert image.truth.shape == (10, 20)
    assert set(np.unique(image.truth).tolist()) == {0, 7}
