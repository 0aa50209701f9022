"""What pilotes does: one use case a file, its needs passed by name."""
