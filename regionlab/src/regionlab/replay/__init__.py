"""Replays archived feeds: a separate program in place of the operators."""
