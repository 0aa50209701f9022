"""What esante calculates: no wire, no clock, no log."""
