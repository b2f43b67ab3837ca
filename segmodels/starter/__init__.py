"""The starter network: its shape, the scenes it learns from, and its training."""
