"""What is known of each image of a project: its row, and what of it the others see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.document.file_names import label_file_name


class ImageState(StrEnum):
    """How far an image is. Only a person makes it `EDITED` or `REVIEWED`."""

    NEW = "new"
    SUGGESTED = "suggested"
    PREDICTED = "predicted"
    EDITED = "edited"
    REVIEWED = "reviewed"
    FAILED = "failed"


@dataclass(frozen=True)
class ImageItem:
    """An image of a project. `error` is a sentence; `width` and `height` are 0 until known."""

    id: int
    name: str
    state: ImageState
    error: str | None = None
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class ImageRecord:
    """The row of an image in the database, column by column.

    `modified` is in nanoseconds; `digest` is of the file's content, taken when it is first
    labelled; `checkpoint` is the journal row that the label PNG holds; `file` is the name of its
    files when that is not the plain one.
    """

    id: int
    name: str
    state: str = ImageState.NEW.value
    error: str | None = None
    width: int = 0
    height: int = 0
    bytes: int = 0
    modified: int = 0
    digest: str | None = None
    is_missing: int = 0
    has_labels: int = 0
    checkpoint: int = 0
    file: str | None = None

    @property
    def label_file(self) -> str:
        """The relative posix path of its file in `labels`, `predictions` and `before`."""
        return self.file or label_file_name(self.name)

    @property
    def item(self) -> ImageItem:
        """What the others see."""
        if self.is_missing:
            error = f"{self.name} is no longer there: put it back; its labels are kept."
            return ImageItem(self.id, self.name, ImageState.FAILED, error, self.width, self.height)
        state = ImageState(self.state)
        return ImageItem(self.id, self.name, state, self.error, self.width, self.height)
