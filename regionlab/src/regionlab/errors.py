"""What the person at the keyboard can mend."""


class UserError(Exception):
    """A French sentence that says what is wrong and what to do; `code` is the exit code."""

    code = 64  # EX_USAGE


class Unreachable(UserError):
    """A server that was given by address does not answer."""

    code = 69  # EX_UNAVAILABLE
