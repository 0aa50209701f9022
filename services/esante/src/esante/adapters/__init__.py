"""The wires of esante: one library has one door."""
