"""The tools of a window, and which one is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.tools.accept_brush import AcceptBrush
from app.ui.tools.area import Ellipse, Rectangle
from app.ui.tools.background import Background
from app.ui.tools.background_brush import BackgroundBrush
from app.ui.tools.brush import Brush, Eraser
from app.ui.tools.grabcut import GrabCut
from app.ui.tools.growing import Fill, Wand
from app.ui.tools.lasso import Lasso
from app.ui.tools.mend import Mend
from app.ui.tools.options import ToolOptions
from app.ui.tools.pan import Pan
from app.ui.tools.pick import Pick
from app.ui.tools.polygon import Polygon
from app.ui.tools.scissors import Scissors
from app.ui.tools.second_choice import SecondChoiceBrush
from app.ui.tools.superpixel import SuperpixelBrush
from app.ui.tools.threshold import Threshold
from app.ui.tools.tool import Tool

if TYPE_CHECKING:
    from app.session import Session

TOOLS: tuple[type[Tool], ...] = (
    Pan,
    Brush,
    Eraser,
    BackgroundBrush,
    AcceptBrush,
    SecondChoiceBrush,
    Fill,
    Polygon,
    Lasso,
    Scissors,
    Rectangle,
    Ellipse,
    Wand,
    SuperpixelBrush,
    GrabCut,
    Threshold,
    Mend,
    Pick,
)


class Toolbox(QObject):
    """All tools, their options, and the current one."""

    tool_changed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.options = ToolOptions(self)
        self.background = Background(self)
        self.tools = {tool.id: tool(session, self.options, self.background) for tool in TOOLS}
        self.mend = Mend(session, self.options, self.background)  # for commands, whatever the tool
        self.current: Tool = self.tools[Brush.id]
        self.eraser: Tool = self.tools[Eraser.id]
        self.pick: Tool = self.tools[Pick.id]
        session.image_changed.connect(self._drop_unfinished)

    def use(self, tool_id: str) -> None:
        """Switch to a tool by its id."""
        if tool_id == self.current.id:
            return
        self.current.leave()
        self.current = self.tools[tool_id]
        self.current.enter()
        self.tool_changed.emit(tool_id)

    def settle(self) -> None:
        """Take back what is unfinished, before something else happens to the image."""
        for tool in (self.current, self.eraser, self.mend):
            tool.cancel()

    def _drop_unfinished(self) -> None:
        self.current.leave()
        self.eraser.leave()
        self.mend.leave()
        self.current.enter()
