"""Benchmarks of the pilots service: folding uses, computing a report."""
