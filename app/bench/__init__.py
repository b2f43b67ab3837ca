"""Benchmarks: `python main.py bench NAME`. Each is a module with `measure(options)`."""

BENCHMARKS = {
    "startup": "app.bench.startup",
    "engine": "app.bench.engine",
    "canvas": "app.bench.canvas",
    "learner": "app.bench.learner",
    "faults": "app.bench.faults",
    "queue": "app.bench.queue",
}
"""Name to module. `measure(options: Options) -> Iterator[Figure]`."""
