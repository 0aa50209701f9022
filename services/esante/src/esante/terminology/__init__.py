"""Code systems and value sets: those R4 defines, and those given as resources."""
