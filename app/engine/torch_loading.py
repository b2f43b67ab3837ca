"""Import torch in a worker thread without freezing the window.

Importing torch stalls the other threads twice: the dynamic linker runs while the importing thread
holds the GIL, and the garbage collector walks a million new objects. So the shared libraries are
loaded first by a foreign call, which releases the GIL, and collection is off during the import.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib.util
import logging
import os
import sys
from pathlib import Path

import PIL.Image

logger = logging.getLogger(__name__)

_LIBRARIES = ("c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch", "torch_python")


def load_torch() -> None:
    """Import torch and segmodels. Any thread; the first call takes one to three seconds."""
    if "torch" not in sys.modules:
        # While the linker loads a library, another thread that imports an extension module waits
        # for it with the GIL in hand, and all stand still. The image decoders would do just that.
        PIL.Image.preinit()
        for path in _library_paths():
            _load_library_without_gil(path)
    # Walking what comes in takes 90 to 160 ms: collect no garbage meanwhile, and never that. A
    # threshold of 0 tells it to everybody, those who call the collector by hand included.
    thresholds = gc.get_threshold()
    gc.set_threshold(0)
    try:
        import segmodels.learner  # noqa: F401
    finally:
        gc.freeze()
        # At exit they must be walked after all, or triton's bindings report themselves as leaked.
        atexit.register(gc.unfreeze)
        gc.set_threshold(*thresholds)


def _library_paths() -> list[Path]:
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent / "lib"
    pattern = {"linux": "lib{}.so", "darwin": "lib{}.dylib"}.get(sys.platform, "{}.dll")
    return [path for name in _LIBRARIES if (path := folder / pattern.format(name)).exists()]


def _load_library_without_gil(path: Path) -> None:
    if sys.platform == "win32":
        ctypes.WinDLL("kernel32").LoadLibraryW(str(path))
        return
    process = ctypes.CDLL(None)
    process.dlopen.restype = ctypes.c_void_p
    process.dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    if not process.dlopen(os.fsencode(path), os.RTLD_LAZY):
        logger.debug("%s could not be loaded ahead; the import will say why", path)
