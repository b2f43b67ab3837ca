"""Any architecture with any encoder of segmentation-models-pytorch."""

from __future__ import annotations

from torch import Tensor, nn

from segmodels.models.base import SegModel
from segmodels.models.padding import with_padding


class SmpModel(SegModel):
    """The encoder and decoder of such a model; its features are what its last layer would see.

    Raises ValueError for names that the library does not know.
    """

    def __init__(self, architecture: str, encoder: str, *, weights: str | None = None) -> None:
        super().__init__()
        # Imported here since it takes seconds, and most sessions never need it.
        import segmentation_models_pytorch as smp

        try:
            model = smp.create_model(architecture, encoder, encoder_weights=weights)
        except KeyError as error:
            raise ValueError(f"there is no encoder {encoder!r} for {architecture!r}") from error
        self.encoder, self.decoder = model.encoder, model.decoder
        last = next(layer for layer in model.segmentation_head if isinstance(layer, nn.Conv2d))
        self.feature_channels = last.in_channels
        self.stride = max(32, int(self.encoder.output_stride))

    def features(self, x: Tensor) -> Tensor:
        """Give (N, D, H, W), enlarged where the decoder works at a lower resolution."""
        # The pyramid of PAN needs 128 pixels, encoders without padding some 75.
        return with_padding(self._decoded, x, stride=self.stride, least=128)

    def _decoded(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
