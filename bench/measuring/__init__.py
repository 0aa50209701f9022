"""What benchmarks share: load generators, listeners, started programs, reports."""
