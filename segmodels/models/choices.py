"""The models to begin with that are worth a try; any other name that `build` knows does, too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelChoice:
    """`megabytes` are downloaded once for its pretrained weights; 0: it needs no download."""

    name: str
    good_for: str
    megabytes: int = 0


CHOICES = (
    ModelChoice(
        "starter",
        "What a project begins with: small and quick, made to learn from few strokes.",
    ),
    ModelChoice(
        "filters",
        "No network at first, only fixed filters for colour and texture: the quickest answers. "
        "Learning in idle time grows a small network from nothing.",
    ),
    ModelChoice(
        "features:resnet18",
        "Features learned on photographs, used as they are: quick, and nothing is fine-tuned.",
        45,
    ),
    ModelChoice(
        "features:convnext_tiny",
        "As before, of a newer and larger network: knows more, takes twice as long.",
        112,
    ),
    ModelChoice(
        "features:vit_small_patch14_dinov2",
        "DINOv2, used as it is: knows things by what they are more than by their edges; slow "
        "without a GPU.",
        88,
    ),
    ModelChoice(
        "deeplabv3plus:mobilenet_v2",
        "DeepLabV3+, light, fine-tuned as a whole: for large regions, when there is time to learn.",
        9,
    ),
    ModelChoice(
        "unet:resnet34",
        "The classic U-Net, fine-tuned as a whole: for fine shapes, with many labels and a GPU.",
        85,
    ),
)
