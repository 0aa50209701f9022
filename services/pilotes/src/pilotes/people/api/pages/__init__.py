"""The pages on which people decide to take part, read what they agreed to, and withdraw.

They work without an account and without scripts. Their templates are in `pilotes/pages`.
"""
