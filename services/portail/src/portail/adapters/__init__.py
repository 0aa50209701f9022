"""The wires of portail: one library has one door."""
