"""Benchmarks of the pilots service: storing usage lines, computing a report."""
