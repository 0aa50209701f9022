"""The pages of lines."""
