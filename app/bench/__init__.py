"""Benchmarks: `python main.py bench NAME`."""
