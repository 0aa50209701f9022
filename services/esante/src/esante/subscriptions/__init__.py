"""Subscriptions: changes matched off the event stream, notifications by rest-hook."""
