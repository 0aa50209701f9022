"""The pages on which people decide to take part, see what they agreed to, and take it back.

They work without an account and without scripts, in the one look of `socle.http.pages`.
"""
