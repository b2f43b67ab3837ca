"""The process that reads broken and hostile files for `bench faults`, one number at a time."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np

from app.document import mounts
from app.document.backup import restore
from app.document.cells import Cells
from app.document.errors import DocumentError
from app.document.files import encode_label_png, read_label_png, write_label_png
from app.document.images import image_size, load_image
from app.document.importing import import_labels
from app.document.mask_files import read_mask
from app.document.project import Project
from app.document.vault import Cost, Vault, unlock

LIMIT = 50_000_000
"""Pixels; less than in the program, so that many sizes can be tried in little memory."""
_HOSTILE = ("../../outside.txt", "/outside.txt", "..\\..\\outside.txt", "C:/outside.txt", "a\0b")


def read_inputs(folder: Path, first: int, count: int) -> None:
    """Print `N` before each file is read, and `bad N ERROR` for an error without a sentence."""
    images = folder / "images"
    with _project(images) as project:
        for number in range(first, count):
            print(number, flush=True)
            random = np.random.default_rng(number)
            try:
                _read(project, folder, number, random)
            except (DocumentError, OSError):
                pass
            except Exception as error:
                # Whatever else comes out is what the benchmark looks for.
                print("bad", number, type(error).__name__, str(error)[:80], flush=True)
    print("done", flush=True)


class _project:
    """The project of one small image, open for reading files into."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.png").write_bytes(_picture(".png"))
        self._project = Project.open(folder)
        list(self._project.rescan())

    def __enter__(self) -> Project:
        return self._project

    def __exit__(self, *error: object) -> None:
        self._project.close()


def _read(project: Project, folder: Path, number: int, random: np.random.Generator) -> None:
    kind = number % 9
    if kind <= 3:
        path = folder / f"x{('.png', '.jpg', '.tif', '.bmp')[kind]}"
        path.write_bytes(_mutated(_picture(path.suffix), random))
        image_size(path, limit=LIMIT)
        load_image(path, limit=LIMIT)
    elif kind <= 5:
        path = folder / "labels.png"
        path.write_bytes(_mutated(encode_label_png(np.eye(40, 50, dtype=np.uint8)), random))
        _ = read_label_png(path) if kind == 4 else read_mask(path, limit=LIMIT)
    elif kind == 6:
        path = folder / "coco.json"
        path.write_bytes(_mutated(_coco(random), random))
        list(import_labels(project, path, format_name="coco", is_dry_run=True))
    elif kind == 7:
        _open_encrypted(folder, random)
    else:
        path = folder / "backup.zip"
        path.write_bytes(_archive(random))
        target = folder / "targets" / str(number)
        target.mkdir(parents=True)
        list(restore(path, target))


def _open_encrypted(folder: Path, random: np.random.Generator) -> None:
    """A damaged or hostile header, sealed file or sealed value."""
    vault = Vault(b"k" * 32)
    match int(random.integers(0, 3)):
        case 0:
            header = bytearray(vault.header("words", Cost(n=2**4)))
            n = str(random.choice([16, 2**40, -1, 3])).encode()
            unlock(_mutated(bytes(header).replace(b"16", n, 1), random), "words")
        case 1:
            mounts.mount(folder / "sealed", vault)
            path = folder / "sealed" / "labels" / "a.png.png"
            write_label_png(path, np.eye(40, 50, dtype=np.uint8))
            path.write_bytes(_mutated(path.read_bytes(), random))
            read_label_png(path)
        case _:
            cells = Cells(vault)
            sealed = cells.seal("settings", "value", "1", key="a")
            cells.open("settings", "value", _mutated(sealed, random), key="a")


def _picture(suffix: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    return cv2.imencode(suffix, pixels)[1].tobytes()


def _coco(random: np.random.Generator) -> bytes:
    name = ("a.png", *_HOSTILE)[int(random.integers(0, 6))]
    side = int(random.choice([40, 50, 0, -1, 2**31]))
    outline = [1, 1, 20, 1, 20, float(random.choice([20, 1e30, -5]))]
    image = {"id": 1, "file_name": name, "width": 50, "height": side}
    thing = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [outline], "iscrowd": 0}
    content = {"images": [image], "annotations": [thing], "categories": [{"id": 1, "name": "x"}]}
    return json.dumps(content).encode()


def _archive(random: np.random.Generator) -> bytes:
    """A backup with a hostile name, and half of them damaged as well."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("project.db", b"x" * 100)
        archive.writestr(_HOSTILE[int(random.integers(0, len(_HOSTILE)))], b"outside")
    data = buffer.getvalue()
    return _mutated(data, random) if random.random() < 0.5 else data


def _mutated(data: bytes, random: np.random.Generator) -> bytes:
    """Cut short, bits turned, a stretch overwritten with large numbers, or bytes put in."""
    changed = bytearray(data)
    at = int(random.integers(0, len(changed)))
    match int(random.integers(0, 4)):
        case 0:
            del changed[at:]
        case 1:
            for place in random.integers(0, len(changed), 8):
                changed[int(place)] ^= 1 << int(random.integers(0, 8))
        case 2:
            at = min(at, 60)
            changed[at : at + 4] = b"\x7f\xff\xff\xff"
        case _:
            changed[at:at] = random.bytes(int(random.integers(1, 200)))
    return bytes(changed)


if __name__ == "__main__":
    read_inputs(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
