"""The pan tool: the canvas itself moves the picture; the tool only says so."""

from app.ui.tools.tool import Pointing, Tool


class Pan(Tool):
    """Moves the picture with the left button."""

    id = "tool.pan"
    name = "Pan"
    pointing = Pointing.HAND
