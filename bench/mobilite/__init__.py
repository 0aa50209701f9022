"""Benchmarks of schedules, departure boards and their streams."""
