"""The features of a tile: what the second thread has no time for is done here."""

from __future__ import annotations

import threading

import torch
from pictures import disc_picture

from segmodels.beside import beside
from segmodels.device import CPU
from segmodels.features import FeatureMaker
from segmodels.image_statistics import ImageStatistics
from segmodels.steps import run


def test_a_tile_does_not_wait_while_the_second_thread_is_busy() -> None:
    image, _ = disc_picture(64, 96)
    maker, statistics = FeatureMaker(None, CPU), ImageStatistics.of(image)
    tile = maker.tiles(64, 96)[0]
    wanted = run(maker.tile_steps(image, tile, statistics))
    let_go = threading.Event()
    busy = beside(let_go.wait, 30)
    found = run(maker.tile_steps(image, tile, statistics))
    assert not busy.done()
    let_go.set()
    torch.testing.assert_close(found, wanted)


def test_what_can_be_done_meanwhile_is_done_before_waiting() -> None:
    image, _ = disc_picture(64, 96)
    maker, statistics = FeatureMaker(None, CPU), ImageStatistics.of(image)
    tile = maker.tiles(64, 96)[0]
    let_go = threading.Event()
    busy = beside(let_go.wait, 30)
    begun = maker.begin(image, tile, statistics)
    steps = maker.tile_steps(image, tile, statistics, begun, meanwhile=let_go.set)
    assert run(steps).shape == (maker.channels, 64 * 96)
    assert busy.result(30)
