"""Measurements beside their peers. Never tests: nothing here passes or fails by a clock."""
