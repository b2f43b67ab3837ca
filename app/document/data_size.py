"""How the size of a file is told, everywhere: in MB of 1,000,000 bytes."""

from __future__ import annotations


def data_size(count: int) -> str:
    """`count` bytes as text: 0.3 MB, 12.4 MB, 1,240 MB."""
    megabytes = count / 1_000_000
    return f"{megabytes:,.1f} MB" if megabytes < 100 else f"{megabytes:,.0f} MB"
