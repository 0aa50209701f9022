"""What truly happens in the demo region: each day of each operator, drawn from a seed.

The same seed and day give the same result, in any order of calls.
"""
