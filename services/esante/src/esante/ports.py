"""What the flows of esante ask of the outside; `adapters` answers."""
