"""What a trial says, in figures that may be looked at every day (`docs/decisions/0033`)."""
