"""Playing archived feeds again: the operators' part, as a program of its own."""
