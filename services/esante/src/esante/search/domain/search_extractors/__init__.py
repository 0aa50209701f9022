"""Extractors of index entries, by type of search parameter and data type of the value."""
