"""Sizes of files as text."""

import pytest

from app.document.data_size import data_size


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0.0 MB"), (2_340_000, "2.3 MB"), (1_048_576, "1.0 MB"), (1_234_000_000, "1,234 MB")],
)
def test_a_size_is_told_in_megabytes_of_a_million_bytes(count: int, text: str) -> None:
    assert data_size(count) == text
