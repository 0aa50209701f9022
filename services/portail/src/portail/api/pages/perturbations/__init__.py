"""The disruptions."""
