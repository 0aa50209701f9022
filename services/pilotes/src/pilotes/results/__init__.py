"""Results of a pilot: disclosed sums, estimates, verdicts, costs, open data."""
