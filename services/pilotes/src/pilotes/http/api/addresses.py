"""Addresses that several capabilities link to or redirect to."""

from typing import Final

API: Final = "/pilotes/v1"
"""The prefix of the addresses that answer programs."""
MY_PARTICIPATIONS: Final = "/participer/mes-participations"
PILOTS: Final = "/pilotes"
"""The list of public pilots."""
LAB: Final = "/lab"
OWN_ROLES: Final = f"{LAB}/mes-roles"
"""What the members of the teams of pilots do."""
