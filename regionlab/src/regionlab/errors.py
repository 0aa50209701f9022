"""Errors that the user of the command line can fix."""


class UserError(Exception):
    """A French sentence with the problem and its remedy; `code` is the exit code."""

    code = 64  # EX_USAGE


class Unreachable(UserError):
    """A server given by address does not answer."""

    code = 69  # EX_UNAVAILABLE
