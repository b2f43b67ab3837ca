"""Names of files that every disk can hold and tell apart: of layers, and of exports."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Container

_LONGEST_PLAIN = 240
_LONGEST = 200
"""Bytes of a folder or file; what is added to it still fits into 255."""
_REFUSED = re.compile(r'[<>:"\\|?*\x00-\x1f\x7f]')
_DEVICES = frozenset(
    (
        *("con", "prn", "aux", "nul", "conin$", "conout$"),
        *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"),
    )
)
_FILE = re.compile(r"\.(png|jpe?g|bmp|tiff?|webp|txt|json|npz)$", re.IGNORECASE)


def name_key(name: str) -> str:
    """Equal for names that some disk takes for one: letter case and form of accents aside."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def portable(name: str) -> str:
    """A relative posix path that every disk can hold; most names stay as they are.

    Two names may give the same one. A folder that is called like a file is renamed, too: a file of
    that name could be beside it.
    """
    *folders, last = name.split("/")
    return "/".join([*map(portable_folder, folders), _portable_part(last)])


def label_file_name(image_name: str) -> str:
    """The plain name of an image's label file: its whole name + ".png"; a.jpg and a.png differ.

    A last part too long for a file name is cut, and a checksum of the whole keeps it unique.
    """
    name = f"{image_name}.png"
    folder, _, last = name.rpartition("/")
    encoded = last.encode("utf-8", "surrogateescape")
    if len(encoded) > _LONGEST_PLAIN:
        digest = uuid.uuid5(uuid.NAMESPACE_URL, image_name).hex[:12]
        last = f"{encoded[: _LONGEST_PLAIN - 20].decode('utf-8', 'ignore')}.{digest}.png"
    return f"{folder}/{last}" if folder else last


def new_label_file(image_name: str, taken: Container[str]) -> str:
    """The name of the label file of a new image: the plain one where every disk can hold it and
    `taken` has not its `name_key`; else one with a checksum.
    """
    plain = label_file_name(image_name)
    wanted = portable(image_name)
    name, number = plain, 0
    while f"{wanted}.png" != plain or name_key(name) in taken:
        digest = uuid.uuid5(uuid.NAMESPACE_URL, f"{image_name}\n{number}").hex[:8]
        name, number = f"{wanted}~{digest}.png", number + 1
        if name_key(name) not in taken:
            break
    return name


def portable_folder(part: str) -> str:
    """One part of `portable` that is not the last."""
    part = _portable_part(part)
    stem = part.rstrip(" .")
    if stem != part or _FILE.search(part):
        return f"{stem}_"
    return part


def _portable_part(part: str) -> str:
    part = _REFUSED.sub("_", part)
    if part.split(".")[0].rstrip(" ").casefold() in _DEVICES:
        part = f"_{part}"
    encoded = part.encode("utf-8")
    return part if len(encoded) <= _LONGEST else encoded[:_LONGEST].decode("utf-8", "ignore")
