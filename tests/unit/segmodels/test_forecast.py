"""A forecast is given when the curve supports it, and only then."""

from __future__ import annotations

import numpy as np
import pytest

from segmodels.forecast import PowerLaw, fit_power_law, forecast

IMAGES = np.arange(1, 41, dtype=np.float64)


def curve(limit: float, gap: float, rate: float, count: int, noise: float = 0.0) -> list[float]:
    shake = np.random.default_rng(0).normal(0, noise, count) if noise else 0
    return list(limit - gap * IMAGES[:count] ** -rate + shake)


def test_a_power_law_is_found_again() -> None:
    found = fit_power_law(IMAGES, np.array(curve(0.92, 0.4, 0.8, 40)))
    assert found.limit == pytest.approx(0.92, abs=1e-3)
    assert found.gap == pytest.approx(0.4, abs=1e-3)
    assert found.rate == pytest.approx(0.8, abs=1e-6)


def test_a_score_that_is_reached_in_the_middle_of_the_curve_is_found() -> None:
    law = PowerLaw(0.95, 0.5, 0.6)
    reached = law.reaches(0.9)
    assert law.limit - law.gap * reached**-law.rate == pytest.approx(0.9)


def test_a_clean_rising_curve_is_continued() -> None:
    found = forecast(curve(0.95, 0.5, 0.6, 20))
    assert found is not None
    wanted = PowerLaw(0.95, 0.5, 0.6).reaches(0.9) - 20
    assert found.more == pytest.approx(wanted, abs=1.5)
    assert found.low <= found.more <= found.high


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param(curve(0.95, 0.5, 0.6, 7), id="too few scores"),
        pytest.param(curve(0.85, 0.4, 1.0, 30), id="ends below the target"),
        pytest.param(curve(0.95, 0.5, 0.6, 20, noise=0.08), id="too noisy"),
        pytest.param(curve(0.95, 0.5, 0.6, 30, noise=0.04), id="range too wide"),
        pytest.param(curve(0.7, 0.0, 1.0, 20, noise=0.02), id="flat"),
        pytest.param(curve(0.6, -0.3, 1.0, 20), id="falling"),
        pytest.param(curve(0.99, 0.9, 0.35, 10), id="too far ahead"),
        pytest.param(curve(0.95, 0.5, 2.0, 20), id="reached already"),
    ],
)
def test_nothing_is_said_when_the_curve_does_not_support_it(scores: list[float]) -> None:
    assert forecast(scores) is None


def test_no_curve_ends_above_one() -> None:
    steep = fit_power_law(IMAGES[:6], np.array([0.2, 0.4, 0.6, 0.8, 0.95, 0.99]))
    assert steep.limit <= 1
