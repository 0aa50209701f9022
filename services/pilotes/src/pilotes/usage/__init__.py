"""What participants used: facts under a consent, and outcomes derived from them."""
