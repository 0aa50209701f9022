"""The report of a pilot: its content, and its rendering as a page and as a PDF."""
