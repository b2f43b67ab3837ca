"""What light and camera do to a scene: shadow, vignette, colour cast, blur, noise, JPEG."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.starter import shapes
from segmodels.starter.materials import Field, smooth_noise


@dataclass(frozen=True)
class Camera:
    """How all images of one kind are taken; `vary` makes another image of that kind.

    The picture is exposed to a mean of `brightness` and a standard deviation of `contrast` grey
    levels. `blur` is a sigma in pixels, `noise` a share of the contrast, `quality` is JPEG's
    (0: none); the rest are strengths 0..1.
    """

    grey: bool
    brightness: float
    contrast: float
    gamma: float
    blur: float
    noise: float
    shot_noise: bool
    quality: int
    vignette: float
    uneven: float
    shadow: float

    def vary(self, rng: np.random.Generator) -> Camera:
        """Give a camera for another image of the same kind: other exposure, a bit more blur."""
        return replace(
            self,
            contrast=self.contrast * float(np.exp(rng.normal(0, 0.15))),
            brightness=self.brightness + float(rng.normal(0, 8)),
            blur=self.blur * float(np.exp(rng.normal(0, 0.15))),
        )

    def take(self, rng: np.random.Generator, scene: Field) -> NDArray[np.uint8]:
        """Give the picture (H, W, 3) uint8 of a scene (H, W, 3) float32, which is overwritten."""
        size = (scene.shape[0], scene.shape[1])
        if self.grey:
            scene[:] = scene.mean(2, keepdims=True)
        np.maximum(scene, 0, out=scene)
        gain = self._light(rng, size)
        if gain is not None:
            scene *= gain[..., None]
        if self.blur > 0.3:
            scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), self.blur))
        if self.gamma != 1:
            scene = np.asarray(cv2.pow(scene / 255, self.gamma)) * np.float32(255)
        scene -= scene.mean()
        deviation = max(float(scene.std()), 1.0)
        scene *= np.float32(self.contrast / deviation)
        scene += np.float32(self.brightness)
        if self.noise > 0:
            noise = rng.standard_normal((*size, 1 if self.grey else 3), np.float32)
            noise *= np.float32(self.noise * self.contrast)
            if self.shot_noise:
                noise = noise * np.sqrt(np.clip(scene, 0, 255) / 128)
            scene = scene + noise
        image = np.clip(scene, 0, 255).astype(np.uint8)
        if self.quality:
            _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
            image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
        return image

    def _light(self, rng: np.random.Generator, size: tuple[int, int]) -> Field | None:
        gain: Field | None = None
        y, x = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j].astype(np.float32)
        if self.vignette:
            gain = 1 - np.float32(0.35 * self.vignette) * (x * x + y * y)
        if self.uneven:
            slope = rng.normal(size=2).astype(np.float32)
            drift = x * slope[0] + y * slope[1] + smooth_noise(rng, size, max(size) / 2)
            bright = np.exp(np.float32(0.2 * self.uneven) * drift)
            gain = bright if gain is None else gain * bright
        if self.shadow and rng.random() < 0.7:
            dark = np.ones(size, np.float32)
            centre = (rng.uniform(0, size[1]), rng.uniform(0, size[0]))
            outline = shapes.polygon(rng, centre, rng.uniform(0.2, 0.7) * max(size), corners=4)
            cv2.fillPoly(dark, [np.round(outline).astype(np.int32)], 1 - 0.5 * self.shadow)
            dark = np.asarray(cv2.blur(dark, (int(rng.integers(1, 9)),) * 2), np.float32)
            gain = dark if gain is None else gain * dark
        return gain


def sample_camera(rng: np.random.Generator) -> Camera:
    """Draw a camera at random; half of the pictures are grey, some of low contrast."""
    return Camera(
        grey=bool(rng.random() < 0.45),
        brightness=float(rng.uniform(45, 200)),
        contrast=float(rng.choice([8.0, 18.0, 32.0, 50.0])),
        gamma=float(rng.choice([1.0, 1.0, 0.7, 1.4])),
        blur=float(rng.choice([0.4, 0.7, 1.0, 1.5, 2.2])),
        noise=float(rng.choice([0.0, 0.05, 0.12, 0.25, 0.45])),
        shot_noise=bool(rng.random() < 0.4),
        quality=int(rng.choice([0, 0, 0, 90, 70, 40])),
        vignette=float(rng.choice([0.0, 0.0, 0.3, 0.7])),
        uneven=float(rng.choice([0.0, 0.0, 0.3, 0.8])),
        shadow=float(rng.choice([0.0, 0.0, 0.0, 0.5, 1.0])),
    )
