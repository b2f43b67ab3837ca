"""Any architecture with any encoder of segmentation-models-pytorch."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from segmodels.downloading import HubFile, PublishedFile
from segmodels.models.any_size import made_for_any_size
from segmodels.models.base import IMAGENET, InputScale, SegModel
from segmodels.models.padding import with_padding
from segmodels.models.weight_files import timm_files

_TIMM = "tu-"
"""How the names of encoders begin that are timm's."""


class SmpModel(SegModel):
    """The encoder and decoder of such a model; its features are what its last layer would see.

    Raises ValueError for names that the library does not know.
    """

    def __init__(self, architecture: str, encoder: str, *, weights: str | None = None) -> None:
        super().__init__()
        # Imported here since it takes seconds, and most sessions never need it.
        import segmentation_models_pytorch as smp

        # Encoders of timm know one kind of weights only, and want no name for it.
        kind = True if weights and encoder.startswith(_TIMM) else weights
        try:
            make = partial(smp.create_model, architecture, encoder, encoder_weights=kind)
            model = made_for_any_size(make) if encoder.startswith(_TIMM) else make()
        except KeyError as error:
            raise ValueError(f"there is no encoder {encoder!r} for {architecture!r}") from error
        self.encoder, self.decoder = model.encoder, model.decoder
        self.is_dpt = architecture == "dpt"
        layers = list(model.segmentation_head.head if self.is_dpt else model.segmentation_head)
        last = next(n for n in reversed(range(len(layers))) if isinstance(layers[n], nn.Conv2d))
        # In the head of DPT there is more before the layer that makes classes.
        self.neck = nn.Sequential(*(layers[:last] if self.is_dpt else ()))
        self.feature_channels = layers[last].in_channels
        self.stride = max(32, int(self.encoder.output_stride))
        self.input_scale = _scale_of(self.encoder, encoder, weights)

    def features(self, x: Tensor) -> Tensor:
        """Give (N, D, H, W), enlarged where the decoder works at a lower resolution."""
        # The pyramid of PAN needs 128 pixels, encoders without padding some 75.
        return with_padding(self._decoded, x, stride=self.stride, least=128)

    def _decoded(self, x: Tensor) -> Tensor:
        found = self.encoder(x)
        # The encoders of DPT also give a token of the whole image.
        return self.neck(self.decoder(*found) if self.is_dpt else self.decoder(found))


def has_weights(encoder: str) -> bool:
    """Whether weights trained on ImageNet are published for the encoder."""
    import timm
    from segmentation_models_pytorch.encoders import encoders

    if encoder.startswith(_TIMM):
        return bool(timm.models.is_model_pretrained(encoder.removeprefix(_TIMM)))
    return "imagenet" in encoders.get(encoder, {}).get("pretrained_settings", {})


def encoder_files(encoder: str) -> tuple[PublishedFile, ...]:
    """Give what the library looks for when the encoder's weights are wanted."""
    from segmentation_models_pytorch.encoders import encoders

    if encoder.startswith(_TIMM):
        return timm_files(encoder.removeprefix(_TIMM))
    told = encoders[encoder]["pretrained_settings"]["imagenet"]
    names = ("model.safetensors", "config.json")
    return tuple(HubFile(told["repo_id"], (name,), told["revision"]) for name in names)


def _scale_of(network: nn.Module, encoder: str, weights: str | None) -> InputScale:
    """Give what the encoder's weights were trained with; without weights, any will do."""
    from segmentation_models_pytorch.encoders import get_preprocessing_params

    told = getattr(getattr(network, "model", None), "pretrained_cfg", None)
    if told is not None:  # one of timm
        return InputScale.of(told["mean"], told["std"])
    if weights is None:
        return IMAGENET
    told = get_preprocessing_params(encoder, weights)  # its file came with the weights
    most = told["input_range"][1]
    return InputScale.of([v / most for v in told["mean"]], [v / most for v in told["std"]])
