"""The report of a pilot, as what is said and not as how it looks."""
