"""A model as one file: packed, unpacked, and hostile files refused."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from segmodels import Learner
from segmodels.archive import SUFFIX, pack_model, packed_labels, read_class_names, unpack_model
from segmodels.errors import ModelFileError
from segmodels.storage import CARD, WEIGHTS


def taught(classes: int = 2) -> tuple[Learner, np.ndarray]:
    random = np.random.default_rng(0)
    truth = np.zeros((64, 64), np.uint8)
    truth[16:48, 16:48] = 1
    image = np.clip(random.normal(60 + 120 * truth[..., None], 8, (64, 64, 3)), 0, 255)
    labels = np.full((64, 64), 255, np.uint8)
    labels[30:34, 20:44] = 1
    labels[4:8, 4:60] = 0
    learner = Learner(classes=classes, model="filters")
    learner.put_sample("a", image.astype(np.uint8), labels)
    learner.solve_head()
    return learner, image.astype(np.uint8)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    taught()[0].save(tmp_path / "v0001")
    file = tmp_path / f"cells{SUFFIX}"
    pack_model(tmp_path / "v0001", file, class_names=["background", "cell"])
    return file


def test_a_model_that_was_packed_predicts_the_same(packed, tmp_path: Path) -> None:
    learner, image = taught()
    assert read_class_names(packed) == ("background", "cell")
    unpack_model(packed, tmp_path / "models" / "v0007")
    again = Learner.load(tmp_path / "models" / "v0007")
    assert np.array_equal(again.predict(image).labels, learner.predict(image).labels)
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["v0007"]


def test_the_card_tells_what_the_model_learned_from_and_names_of_images_stay_at_home(
    packed, tmp_path: Path
) -> None:
    pixels = 4 * 24 + 4 * 56
    card = json.loads((tmp_path / "v0001" / CARD).read_text())
    assert card["learned_from"] == {"a": pixels}
    with zipfile.ZipFile(packed) as archive:
        card = json.loads(archive.read(CARD))
    assert card["learned_from"] == {"images": 1, "pixels": pixels}
    unpack_model(packed, tmp_path / "other")
    assert packed_labels(tmp_path / "other") == (1, pixels)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_cut_short_is_refused_and_leaves_nothing(packed, tmp_path: Path, share) -> None:
    data = packed.read_bytes()
    packed.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelFileError, match="cells"):
        read_class_names(packed)
    with pytest.raises(ModelFileError):
        unpack_model(packed, tmp_path / "models" / "v0001")
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("card", [b"[" * 200_000, b"\xff\xfe", b"[]", b"7"])
def test_a_card_that_is_no_card_is_refused(tmp_path: Path, card: bytes) -> None:
    file = tmp_path / f"odd{SUFFIX}"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(CARD, card)
    with pytest.raises(ModelFileError, match="odd"):
        read_class_names(file)


def test_a_flipped_byte_is_found_wherever_it_is(packed, tmp_path: Path) -> None:
    data = packed.read_bytes()
    for place in (data.index(b"class_names") + 3, data.index(b"F32") - 20, len(data) // 2):
        changed = bytearray(data)
        changed[place] ^= 1
        packed.write_bytes(changed)
        with pytest.raises(ModelFileError, match="cells"):
            unpack_model(packed, tmp_path / "models" / "v0001")
    changed = bytearray(data)
    changed[data.index(b"class_names") + 3] ^= 1
    packed.write_bytes(changed)
    with pytest.raises(ModelFileError, match="cells"):
        read_class_names(packed)


def test_nothing_but_the_two_files_is_taken_from_an_archive(packed, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("../outside.txt", "hostile")
        archive.writestr("model.pkl", "hostile")
    unpack_model(packed, tmp_path / "models" / "v0001")
    assert sorted(p.name for p in (tmp_path / "models" / "v0001").iterdir()) == [CARD, WEIGHTS]
    assert not (tmp_path / "outside.txt").exists()


def test_a_compressed_archive_is_refused_as_it_may_unpack_to_any_size(tmp_path: Path) -> None:
    file = tmp_path / f"bomb{SUFFIX}"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CARD, json.dumps({"format": 1, "class_names": ["a"]}))
        archive.writestr(WEIGHTS, bytes(10_000_000))
    with pytest.raises(ModelFileError):
        unpack_model(file, tmp_path / "models" / "v0001")


@pytest.mark.parametrize("names", [None, 3, [1, 2], {"a": 1}])
def test_a_card_without_class_names_is_refused(tmp_path: Path, names) -> None:
    file = tmp_path / f"odd{SUFFIX}"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(CARD, json.dumps({"format": 1, "class_names": names}))
    with pytest.raises(ModelFileError):
        read_class_names(file)


def test_classes_of_a_model_take_other_ids() -> None:
    learner, image = taught()
    before = learner.predict(image).labels
    other = Learner(classes=2, model="filters")
    other._head = learner._head
    other.renumber((0, 3), 5)
    assert np.array_equal(other.predict(image).labels, np.where(before == 1, 3, before))
    assert other.classes == 5


def test_a_model_that_knows_one_class_is_left_without_a_head() -> None:
    learner, _ = taught()
    learner.renumber((0, -1), 2)
    assert not learner.can_predict
    assert not learner.samples


def test_two_classes_cannot_take_one_id() -> None:
    with pytest.raises(ValueError, match="id of its own"):
        Learner(classes=2, model="filters").renumber((1, 1), 2)


def test_a_file_that_is_not_there_is_not_called_broken(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no file"):
        read_class_names(tmp_path / "nowhere.maskloop-model")


def test_a_model_that_has_learned_nothing_is_not_packed(tmp_path: Path) -> None:
    Learner(classes=2, model="filters", device="cpu").save(tmp_path / "working")
    with pytest.raises(ModelFileError, match="learned nothing yet"):
        pack_model(tmp_path / "working", tmp_path / f"a{SUFFIX}", class_names=["a", "b"])
    assert [path.name for path in tmp_path.iterdir()] == ["working"]
