"""What the person at the keyboard can mend."""


class UserError(Exception):
    """A French sentence that says what is wrong and what to do; the tools exit with 64."""
