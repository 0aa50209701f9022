"""The live board of a stop."""
