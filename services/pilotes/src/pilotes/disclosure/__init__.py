"""What may be shown of people, so that nobody is found in it (`docs/decisions/0034`)."""
