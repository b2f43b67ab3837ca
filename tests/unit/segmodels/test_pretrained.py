"""Published models, without a network: from local weights, or with one clear sentence."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import disc_picture, strokes

from segmodels import DownloadError, Learner, ModelFileError
from segmodels.downloading import Download
from segmodels.models.published import TorchvisionModel
from segmodels.pretrained import PRETRAINED, load_pretrained
from tests.hub import Hub

NAME = "lraspp_mobilenet_v3_large"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "lraspp.pth"
    torch.save(TorchvisionModel(NAME).network.state_dict(), path)
    return path


def test_the_published_classes_are_predicted_at_once(weights: Path) -> None:
    learner = load_pretrained(NAME, state_dict_path=weights, device="cpu")
    assert learner.can_predict
    assert learner.classes == len(PRETRAINED[NAME].classes) == 21
    assert learner.model_name == f"torchvision:{NAME}"
    image, _ = disc_picture(64, 96)
    model = TorchvisionModel(NAME).eval()
    model.network.load_state_dict(torch.load(weights, weights_only=True))
    x = torch.from_numpy(image).permute(2, 0, 1)[None] / 255
    mean, spread = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (x - mean.view(1, 3, 1, 1)) / spread.view(1, 3, 1, 1)
    with torch.inference_mode():
        expected = model.network(x)["out"][0].argmax(0).numpy()
    assert (learner.predict(image).labels == expected).mean() > 0.9


def test_classes_take_the_ids_of_the_project(weights: Path) -> None:
    ids = [0, *range(5, 25)]
    plain = load_pretrained(NAME, state_dict_path=weights, device="cpu")
    moved = load_pretrained(NAME, class_ids=ids, state_dict_path=weights, device="cpu")
    image, _ = disc_picture(64, 64)
    assert moved.classes == 25
    np.testing.assert_array_equal(
        moved.predict(image).labels, np.array(ids)[plain.predict(image).labels]
    )


def test_strokes_add_to_what_the_model_knows(weights: Path, tmp_path: Path) -> None:
    learner = load_pretrained(NAME, state_dict_path=weights, device="cpu")
    learner.set_classes(22)
    image, truth = disc_picture(64, 96)
    labels = strokes(truth)
    labels[labels == 1] = 21
    learner.put_sample("a", image, labels)
    learner.solve_head()
    predicted = learner.predict(image).labels
    assert (predicted[truth == 1] == 21).mean() > 0.8
    learner.save(tmp_path / "m")
    again = Learner.load(tmp_path / "m", device="cpu")
    np.testing.assert_array_equal(again.predict(image).labels, predicted)


def test_strokes_of_one_class_are_enough_for_it(weights: Path) -> None:
    learner = load_pretrained(NAME, state_dict_path=weights, device="cpu")
    image, truth = disc_picture(64, 96)
    labels = strokes(truth)
    labels[labels == 0] = 255
    learner.put_sample("a", image, labels)
    assert learner.solve_head().classes_seen == (1,)


@pytest.mark.usefixtures("offline")
def test_without_a_network_there_is_one_clear_sentence() -> None:
    with pytest.raises(DownloadError, match=r"^LR-ASPP.* check the internet connection .*\.$"):
        load_pretrained(NAME)


def test_weights_are_fetched_where_nobody_has_them_yet(hub: Hub, weights: Path) -> None:
    published = hub.put(f"{NAME}.pth", weights.read_bytes())
    told: list[int] = []
    for _ in range(2):
        learner = load_pretrained(
            NAME, device="cpu", download=Download(lambda done, _: told.append(done))
        )
        assert learner.can_predict
    assert published.asked == 1
    assert told[-1] == weights.stat().st_size


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str, ...]]:
            return (print, ("trapped",))

    (tmp_path / "trap.pth").write_bytes(pickle.dumps({"a": Trap()}))
    with pytest.raises(ModelFileError, match=r"trap\.pth"):
        load_pretrained(NAME, state_dict_path=tmp_path / "trap.pth")


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "other.pth")
    with pytest.raises(ModelFileError, match=r"other\.pth"):
        load_pretrained(NAME, state_dict_path=tmp_path / "other.pth")
