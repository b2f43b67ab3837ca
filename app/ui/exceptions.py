"""What nobody caught: written to the log, and told to the person without closing the window."""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from app.notices import Message
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session

logger = logging.getLogger(__name__)


def install_exception_hook(session: Session) -> None:
    """From now on a bug in a slot becomes a message; finished strokes are safe on disk."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logger.error("unexpected error", exc_info=(kind, error, trace))
        text = tr(
            "Something went wrong inside Maskloop ({error}). Your finished strokes are kept; "
            "if it goes on, close and open the window.",
            error=f"{kind.__name__}: {error}",
        )
        session.message_shown.emit(Message(text, is_error=True))

    sys.excepthook = hook
