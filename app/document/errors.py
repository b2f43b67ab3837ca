"""What can go wrong with a document: each error is one sentence for the user."""

from __future__ import annotations

from pathlib import Path


class DocumentError(ValueError):
    """Base of all errors of this package; `str(error)` is a sentence that names the file."""


class ImageReadError(DocumentError):
    """An image cannot be read. `path` is the file, `reason` ends the sentence."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{Path(path).name} {reason}")
        self.path = Path(path)
        self.reason = reason


class ImageTooLarge(ImageReadError):
    """The image has more pixels than are decoded at once."""


class LabelFileError(DocumentError):
    """A label file is cut short, is not a PNG of ids, or has the wrong size."""


class ClassError(DocumentError):
    """A class cannot be added or changed so."""


class EditError(DocumentError):
    """A stored edit is broken, or does not fit the labels."""


class ProjectError(DocumentError):
    """A project cannot be opened or used."""


class ProjectLocked(ProjectError):
    """Another process may write this project at the moment."""


class ProjectTooNew(ProjectError):
    """The project was written by a newer Maskloop."""


class ProjectDiskFull(ProjectError):
    """There is no room to write this project at the moment."""


class ProjectReadOnly(ProjectError):
    """A change was asked of a project that was opened to look only."""


class PassphraseNeeded(ProjectError):
    """The project is encrypted, and no passphrase was given."""


class WrongPassphrase(PassphraseNeeded):
    """The passphrase does not open the project; nothing was changed."""


class VaultDamaged(ProjectError):
    """The header from which the passphrase gives the key cannot be read."""


class SealBroken(DocumentError):
    """Something encrypted was changed, moved or damaged. The text ends a sentence."""


class ProjectGone(OSError):
    """The database is no longer where it was opened; what is written would be lost with it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path.parent} was moved or deleted while it was open: put it back. What you do is "
            "kept in memory until then."
        )


class ExportError(DocumentError):
    """An export cannot be written."""


class ExportExists(ExportError):
    """Files are there that an export would replace. `count` says how many.

    `removed` are those of an earlier export that this one would take away.
    """

    def __init__(self, folder: Path, count: int, removed: int = 0) -> None:
        files = "1 file" if count == 1 else f"{count} files"
        sentence = f"{folder} already holds {files} that this export would replace"
        if removed:
            also = "1 more" if removed == 1 else f"{removed} more"
            sentence += f", and {also} of the earlier export that it would remove"
        super().__init__(f"{sentence}.")
        self.folder = folder
        self.count = count


class LabelImportError(DocumentError):
    """Labels cannot be imported from there."""
