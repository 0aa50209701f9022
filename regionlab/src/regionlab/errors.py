"""Errors that the user of the command line can fix."""


class UserError(Exception):
    """An error whose message is a French sentence with the problem and its remedy."""

    code = 64  # EX_USAGE
    """The exit code of the command."""


class Unreachable(UserError):
    """A server does not answer, or refuses."""

    code = 69  # EX_UNAVAILABLE
