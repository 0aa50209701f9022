"""What the flows of pilotes ask of the outside; `adapters` answers."""
