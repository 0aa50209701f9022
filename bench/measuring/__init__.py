"""Shared by the benchmarks: load generator, SSE listeners, started programs, reports."""
