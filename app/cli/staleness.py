"""Whether the predictions that a project holds are of the model that it would use now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from app.document.model_folders import SUGGESTION, WORKING, version_of
from app.document.project import ImageItem, Project
from app.version_classes import model_of


def version_in_use(project: Project) -> str:
    """The version by which the next prediction would be made."""
    folder = model_of(project)
    if folder is not None:
        return version_of(folder) or WORKING
    return WORKING if project.labelled_images() else SUGGESTION


def versions_of(project: Project, items: Iterable[ImageItem]) -> Counter[str]:
    """How many predictions of these images each version made; "" where that is not known."""
    versions = (project.prediction_version(item.id) for item in items)
    return Counter(version for version in versions if version is not None)


def staleness(project: Project, versions: Counter[str]) -> str | None:
    """A sentence when some of them are not of the version in use."""
    now = version_in_use(project)
    stale = {version: count for version, count in versions.items() if version != now}
    if not stale:
        return None
    told = ", ".join(f"{count} {_title(version)}" for version, count in sorted(stale.items()))
    return (
        f"{sum(stale.values())} of {versions.total()} predictions are of an older model ({told}; "
        f"in use is {_title(now, is_one=True)}): run predict first, or give --fresh."
    )


def _title(version: str, *, is_one: bool = False) -> str:
    names = {SUGGESTION: "suggestions", WORKING: "a model without a version", "": "unknown"}
    if is_one and version == SUGGESTION:
        return "no model yet"
    title = names.get(version, version)
    return title if is_one or version in ("", SUGGESTION) else f"by {title}"
