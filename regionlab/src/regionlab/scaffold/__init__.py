"""`regionlab new <nom>`: a service of the house, with every file in its place."""
