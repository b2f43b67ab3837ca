"""Which files hold the published weights of a model, so that they can be fetched beforehand."""

from __future__ import annotations

from segmodels.downloading import HubFile, PublishedFile, WebFile


def weight_files(name: str) -> tuple[PublishedFile, ...]:
    """Give what the model's library will look for; `name` as in `build`, and it has weights."""
    kind, _, rest = name.partition(":")
    if kind == "torchvision":
        from segmodels.models.published import backbone_file

        return (backbone_file(rest),)
    if kind == "features":
        return timm_files(rest)
    from segmodels.models.smp import encoder_files

    return encoder_files(rest)


def timm_files(backbone: str) -> tuple[PublishedFile, ...]:
    """Give what timm looks for: on the hub, a file of plain numbers before one of pickled ones."""
    import timm

    told = timm.models.get_pretrained_cfg(backbone)
    if not told.hf_hub_id:
        return (WebFile(told.url),) if told.url else ()
    repository, _, revision = told.hf_hub_id.partition("@")
    name = told.hf_hub_filename or "pytorch_model.bin"
    safe = "model.safetensors" if name == "pytorch_model.bin" else f"{name[:-4]}.safetensors"
    names = (safe, name) if name.endswith(".bin") else (name,)
    return (HubFile(repository, names, revision or None),)
