"""Appointments: the slots that they hold."""
