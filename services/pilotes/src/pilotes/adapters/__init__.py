"""The wires of pilotes: one library has one door."""
