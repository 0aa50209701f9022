"""What pilotes calculates: no wire, no clock, no log."""
