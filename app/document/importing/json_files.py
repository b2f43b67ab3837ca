"""JSON files from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.document.errors import LabelImportError


def read_json(path: Path) -> Any:
    """The content of a JSON file. Raises `LabelImportError` with the place of a mistake."""
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise LabelImportError(f"{path.name} is no valid JSON: {place}.") from error
    except OSError as error:
        raise LabelImportError(f"{path.name} cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise LabelImportError(f"{path.name} is no valid JSON.") from error
