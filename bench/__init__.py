"""Benchmarks: each figure stands beside a yardstick measured in the same run. `python -m bench` runs them all."""
