"""What actually happens in the demo region: each day of each operator, a function of a seed.

The same seed and day give the same result, in any order of calls.
"""
