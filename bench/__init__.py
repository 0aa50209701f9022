"""Benchmarks, compared with peers. They are not tests: nothing here passes or fails by a clock."""
