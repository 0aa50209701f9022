"""What the flows of portail ask of the outside; `adapters` answers."""
