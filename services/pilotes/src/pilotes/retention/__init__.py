"""Erasure of what participants did, once the retention period of the pilot is over."""
