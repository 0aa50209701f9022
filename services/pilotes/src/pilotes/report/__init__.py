"""The report of a pilot: its content, apart from its rendering as a page or PDF."""
