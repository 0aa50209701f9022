"""What portail calculates: no wire, no clock, no log."""
