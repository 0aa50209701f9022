"""What a resource must be to be taken in: every mistake found, each with its path.

`examine` (examination) looks at what structure alone does not show; `profile` holds a resource to a
profile; `ins` to the rules of the national health identity.
"""
