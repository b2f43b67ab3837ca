"""The overlay's pixels: labels solid, prediction lighter with a dotted edge, as ARGB numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

UNLABELLED = 255

Ids = NDArray[np.uint8]
Argb = NDArray[np.uint32]


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
    is_unlabelled = inside == UNLABELLED
    if is_unlabelled.all():
        own = np.zeros(inside.shape, np.uint32)
    else:
        own = _looked_up(inside, looks.labels)
        _recolour(own, inside, _edges(labels), looks.labels_edge)
    if prediction is None or not is_unlabelled.any():
        return own
    if looks.heat is not None and confidence is not None:
        behind = _looked_up(np.ascontiguousarray(confidence[1:-1, 1:-1]), looks.heat)
    else:
        guess = np.ascontiguousarray(prediction[1:-1, 1:-1])
        behind = _looked_up(guess, looks.prediction)
        _recolour(behind, guess, _edges(prediction), looks.prediction_edge, dots_from=(x, y))
    np.copyto(own, behind, where=is_unlabelled)
    return own


def _looked_up(ids: Ids, table: Argb) -> Argb:
    # cv2.LUT takes a fifth of the time of numpy's indexing; it knows no uint32.
    return np.asarray(cv2.LUT(ids, table.view(np.int32))).view(np.uint32)


def _recolour(
    pixels: Argb,
    ids: Ids,
    where: NDArray[np.bool_],
    table: Argb,
    *,
    dots_from: tuple[int, int] | None = None,
) -> None:
    """Look up some pixels in another table; of an edge to be dotted, every other 2 x 2 square."""
    places = np.flatnonzero(where)
    if dots_from is not None:
        rows, columns = np.divmod(places, ids.shape[1])
        squares = ((rows + dots_from[1]) >> 1) + ((columns + dots_from[0]) >> 1)
        places = places[(squares & 1).astype(np.bool_)]
    pixels.ravel()[places] = table[ids.ravel()[places]]


def rimmed(ids: Ids, rim: tuple[int, int, int, int]) -> Ids:
    """Repeat the outermost pixels `rim` = left, top, right, bottom times (0 or 1 each)."""
    left, top, right, bottom = rim
    if not any(rim):
        return ids
    return np.pad(ids, ((top, bottom), (left, right)), mode="edge")


def _edges(ids: Ids) -> NDArray[np.bool_]:
    """True where a pixel differs from one of its four neighbours; (h, w) of (h + 2, w + 2)."""
    inside = ids[1:-1, 1:-1]
    result = inside != ids[:-2, 1:-1]
    result |= inside != ids[2:, 1:-1]
    result |= inside != ids[1:-1, :-2]
    result |= inside != ids[1:-1, 2:]
    return result


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
