"""The legal notice, and privacy and cookies."""
