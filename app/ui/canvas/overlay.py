"""The overlay's pixels: labels solid, prediction lighter with a dotted edge, as ARGB numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

UNLABELLED = 255

Ids = NDArray[np.uint8]
Argb = NDArray[np.uint32]

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_LARGEST = 256
_CHECKERS = np.kron(
    np.indices((_LARGEST // 2 + 2, _LARGEST // 2 + 2)).sum(axis=0) % 2, np.full((2, 2), 255)
).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class OverlayStyle:
    """How the layers are drawn. Opacities are in 0..1; `colours` is (256, 3) uint8 RGB."""

    colours: NDArray[np.uint8]
    labels_opacity: float = 0.6
    prediction_opacity: float = 0.3
    hidden: frozenset[int] = frozenset()
    is_outline_only: bool = False
    shows_confidence: bool = False


@dataclass(frozen=True, eq=False)
class OverlayTables:
    """For each id, its premultiplied ARGB as the inside and as the edge of an area."""

    labels: Argb
    labels_edge: Argb
    prediction: Argb
    prediction_edge: Argb
    heat: Argb | None = field(default=None)


def tables(style: OverlayStyle) -> OverlayTables:
    """Work out the colours once for a style; drawing is then a look-up."""
    fill = 0.0 if style.is_outline_only else 1.0
    edge = min(1.0, 0.4 + style.labels_opacity)
    guess_edge = min(1.0, 3 * style.prediction_opacity)
    # A finished image has background nearly everywhere: it must not hide the picture.
    return OverlayTables(
        labels=_table(style, fill * style.labels_opacity, background=0.4),
        labels_edge=_table(style, edge if style.labels_opacity > 0 else 0.0),
        # A predicted background would only tint the whole picture, so it is left clear.
        prediction=_table(style, fill * style.prediction_opacity, background=0.0),
        prediction_edge=_table(style, guess_edge, background=0.0),
        heat=_heat() if style.shows_confidence else None,
    )


def compose(
    labels: Ids,
    prediction: Ids | None,
    confidence: Ids | None,
    looks: OverlayTables,
    *,
    x: int = 0,
    y: int = 0,
) -> Argb:
    """Premultiplied ARGB (h, w) uint32 of a block of (h + 2, w + 2) ids.

    The one-pixel rim around the block is there to find edges; `x`, `y` (the block's place in the
    image) keep the dots of an edge in step from block to block.
    """
    inside = np.ascontiguousarray(labels[1:-1, 1:-1])
    is_unlabelled = np.asarray(cv2.inRange(inside, UNLABELLED, UNLABELLED), np.uint8)
    unlabelled = cv2.countNonZero(is_unlabelled)
    if unlabelled == inside.size:
        own = np.zeros(inside.shape, np.uint32)
    else:
        own = _coloured(inside, _edges(labels), looks.labels, looks.labels_edge)
    if prediction is None or not unlabelled:
        return own
    if looks.heat is not None and confidence is not None:
        behind = _looked_up(np.ascontiguousarray(confidence[1:-1, 1:-1]), looks.heat)
    else:
        guess = np.ascontiguousarray(prediction[1:-1, 1:-1])
        dotted = _edges(prediction)
        cv2.bitwise_and(dotted, _dots(x, y, *guess.shape), dst=dotted)
        behind = _coloured(guess, dotted, looks.prediction, looks.prediction_edge)
    if unlabelled == inside.size:
        return behind
    _put(behind, is_unlabelled, own)
    return own


def _coloured(ids: Ids, edges: Ids, inner: Argb, edge: Argb) -> Argb:
    """Look up ids in one table, and where `edges` is not 0 in another."""
    pixels = _looked_up(ids, inner)
    if cv2.countNonZero(edges):
        _put(_looked_up(ids, edge), edges, pixels)
    return pixels


def _looked_up(ids: Ids, table: Argb) -> Argb:
    # cv2.LUT takes a fifth of the time of numpy's indexing; it knows no uint32.
    return np.asarray(cv2.LUT(ids, table.view(np.int32))).view(np.uint32)


def _put(source: Argb, mask: Ids, target: Argb) -> None:
    cv2.copyTo(source.view(np.int32), mask, target.view(np.int32))


def _dots(x: int, y: int, height: int, width: int) -> Ids:
    """Every other 2 x 2 square as 255, as a block at x, y of the image meets them."""
    return np.ascontiguousarray(_CHECKERS[y % 4 : y % 4 + height, x % 4 : x % 4 + width])


def rimmed(ids: Ids, rim: tuple[int, int, int, int]) -> Ids:
    """Repeat the outermost pixels `rim` = left, top, right, bottom times (0 or 1 each)."""
    left, top, right, bottom = rim
    if not any(rim):
        return ids
    return np.pad(ids, ((top, bottom), (left, right)), mode="edge")


def _edges(ids: Ids) -> Ids:
    """Not 0 where a pixel differs from one of its four neighbours; (h, w) of (h + 2, w + 2)."""
    # The highest and the lowest of five pixels are equal only if all are.
    spread = cv2.morphologyEx(ids, cv2.MORPH_GRADIENT, _CROSS)
    return np.ascontiguousarray(spread[1:-1, 1:-1])


def _table(style: OverlayStyle, opacity: float, *, background: float = 1.0) -> Argb:
    alpha = np.full(256, opacity, np.float32)
    alpha[UNLABELLED] = 0
    alpha[sorted(style.hidden)] = 0
    alpha[0] *= background
    return _premultiplied(style.colours.astype(np.float32), alpha)


def _heat() -> Argb:
    """Confidence 0..255 as colour: unsure is red and strong, sure is clear."""
    doubt = 1 - np.arange(256, dtype=np.float32) / 255
    colour = np.stack([np.full(256, 255.0), 200 * (1 - doubt), np.full(256, 30.0)], axis=1)
    return _premultiplied(colour.astype(np.float32), np.clip(1.5 * doubt, 0, 0.85))


def _premultiplied(colours: NDArray[np.float32], alpha: NDArray[np.float32]) -> Argb:
    parts = np.rint(colours * alpha[:, None]).astype(np.uint32)
    opaque = np.rint(alpha * 255).astype(np.uint32)
    return (opaque << 24) | (parts[:, 0] << 16) | (parts[:, 1] << 8) | parts[:, 2]
