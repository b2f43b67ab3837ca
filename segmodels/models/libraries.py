"""The libraries of networks, without the seconds that torch's compiler takes to be imported.

WORKAROUND: torchvision (`ops/roi_align.py`) and timm (`models/naflexvit.py`) import torch._dynamo
for one function each, and with it 900 modules for 2 to 5 seconds. Nothing is compiled here.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType
from typing import Any

_COMPILER = "torch._dynamo"
_UTILS = "torch._dynamo.utils"
_loading = threading.Lock()


def load_libraries() -> None:
    """Import torchvision and timm, before anybody else does. Any thread."""
    with _loading:
        if "timm" in sys.modules or _COMPILER in sys.modules:
            return
        sys.modules.update({name: _StandIn(name) for name in (_COMPILER, _UTILS)})
        try:
            import timm  # noqa: F401
        finally:
            _remove()


class _StandIn(ModuleType):
    """Has what the libraries ask for; whoever else wants something gets the true module."""

    def __getattr__(self, name: str) -> Any:
        if (self.__name__, name) in _STAND_INS:
            return _STAND_INS[self.__name__, name]
        if name.startswith("__") and (self.__name__, name) != (_COMPILER, "__path__"):
            raise AttributeError(name)  # as `inspect` asks for of all modules
        _remove()
        return getattr(importlib.import_module(self.__name__), name)


def _remove() -> None:
    for name in (_UTILS, _COMPILER):
        if isinstance(sys.modules.get(name), _StandIn):
            del sys.modules[name]


def _not_compiled(function: Any = None, *_: Any, **__: Any) -> Any:
    """Mark a function as not to be compiled."""
    return _not_compiled if function is None else function


def _is_compile_supported(device: str) -> bool:
    return bool(importlib.import_module(_UTILS).is_compile_supported(device))


_STAND_INS = {
    (_COMPILER, "disable"): _not_compiled,
    (_UTILS, "is_compile_supported"): _is_compile_supported,
}
