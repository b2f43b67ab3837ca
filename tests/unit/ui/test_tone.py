"""The tone curve."""

import numpy as np
import pytest

from app.ui.canvas.tone import Tone, toned


def test_the_plain_tone_changes_nothing() -> None:
    assert Tone().is_plain
    assert np.array_equal(Tone().curve(), np.arange(256))


@pytest.mark.parametrize("tone", [Tone(0.3), Tone(-0.5), Tone(contrast=0.6), Tone(gamma=2.2)])
def test_a_curve_never_turns_bright_into_dark(tone: Tone) -> None:
    assert (np.diff(tone.curve().astype(int)) >= 0).all()
    assert not tone.is_plain


def test_all_pixels_go_through_the_curve() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4)).astype(np.uint8)
    tone = Tone(brightness=0.2)
    assert np.array_equal(toned(pixels, tone), tone.curve()[pixels])
