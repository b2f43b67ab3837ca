"""The second thread: what it gives, and that prediction does not depend on it."""

import threading

import numpy as np
import pytest
import torch

from segmodels.beside import beside
from segmodels.fusion import FusedHead
from segmodels.head import PixelHead
from segmodels.normal import FeatureNormal
from segmodels.scoring import probabilities, probability_steps, ranked
from segmodels.steps import run


def test_work_is_done_in_another_thread_and_its_error_comes_back() -> None:
    assert beside(threading.get_ident).result() != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        beside(divmod, 1, 0).result()


@pytest.mark.parametrize("threads", [1, 2])
def test_pixels_scored_in_two_threads_are_the_same_as_in_one(threads: int) -> None:
    torch.manual_seed(0)
    head = PixelHead(6, 3, hidden=4)
    head.seen.fill_(True)
    fused = FusedHead([torch.arange(6)], [head])
    features = torch.randn(6, 250_001).half()
    normal = FeatureNormal(torch.zeros(3), torch.ones(3))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        found = ranked(run(probability_steps(fused, features, normal)))
    finally:
        torch.set_num_threads(before)
    for array, expected in zip(found, ranked(probabilities(fused, features, normal)), strict=True):
        assert array.shape == (250_001,)
        assert (array != expected).mean() < 1e-4  # rounding of other matrix sizes
        assert len(np.unique(array)) > 1
