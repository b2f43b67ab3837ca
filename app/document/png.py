"""The frame of a PNG file: whole or cut short, and the text chunks in it. No pixels."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IHDR_END = len(SIGNATURE) + 12 + 13


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each chunk, to IEND.

    Raises `ValueError` for a file that is no PNG, is cut short or has a wrong checksum. OpenCV
    returns a half-filled picture for some of these, which labels must never be read from.
    """
    if not data.startswith(SIGNATURE):
        raise ValueError("is not a PNG file")
    view = memoryview(data)
    offset = len(SIGNATURE)
    while True:
        if offset + 12 > len(data):
            raise ValueError("is cut short")
        (length,) = struct.unpack_from(">I", data, offset)
        end = offset + 12 + length
        if end > len(data):
            raise ValueError("is cut short")
        kind = data[offset + 4 : offset + 8]
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(view[offset + 4 : end - 4]) != checksum:
            raise ValueError("is damaged (wrong checksum)")
        yield kind, data[offset + 8 : end - 4]
        if kind == b"IEND":
            return
        offset = end


def with_text(data: bytes, text: Mapping[str, str]) -> bytes:
    """The same PNG with tEXt chunks after its header; keys and values are plain ASCII."""
    inserted = b"".join(
        _chunk(b"tEXt", key.encode("ascii") + b"\0" + value.encode("ascii"))
        for key, value in text.items()
    )
    return data[:_IHDR_END] + inserted + data[_IHDR_END:]


def read_text(data: bytes) -> dict[str, str]:
    """The tEXt chunks. Raises `ValueError` as `chunks` does: the whole file is checked."""
    pairs = [content.partition(b"\0") for kind, content in chunks(data) if kind == b"tEXt"]
    return {key.decode("latin-1"): value.decode("latin-1") for key, _, value in pairs}


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
