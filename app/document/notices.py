"""Sentences that a project has for its user."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

logger = logging.getLogger(__name__)


class Notices:
    """Each sentence once, oldest first. Any thread."""

    def __init__(self, sentences: Iterable[str] = ()) -> None:
        self._sentences = list(sentences)
        self._lock = threading.Lock()

    @property
    def all(self) -> tuple[str, ...]:
        """A snapshot."""
        return tuple(self._sentences)

    def add(self, sentence: str) -> None:
        """Tell this, unless it was told already."""
        logger.info(sentence)
        with self._lock:
            if sentence not in self._sentences:
                self._sentences.append(sentence)
