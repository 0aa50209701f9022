"""The use cases of portail: one file each, dependencies passed by name."""
