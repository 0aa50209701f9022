"""Command lines in French, with the exit codes of sysexits.h."""

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

EX_USAGE, EX_UNAVAILABLE, EX_CONFIG = 64, 69, 78

# argparse's error messages, and their French translations.
_FRENCH = (
    (r"^argument (\S+): ", r"\1 : "),
    (r"invalid choice: (.*) \(choose from (.*)\)$", r"\1 n'est pas proposé (choix : \2)"),
    (r"invalid int value: (.*)$", r"\1 n'est pas un nombre entier"),
    (r"^the following arguments are required: ", "il manque : "),
    (r"^unrecognized arguments: ", "mots inconnus : "),
    (r"expected one argument$", "une valeur est attendue"),
    (r"not allowed with argument (\S+)$", r"ne va pas avec \1"),
    (r"^ambiguous option: (.*) could match (.*)$", r"\1 est ambigu : \2"),
    (r"ignored explicit argument (.*)$", r"la valeur \1 est de trop"),
)


class _Formatter(argparse.HelpFormatter):
    """Help with the French colon."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "usage : " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """argparse in French. A usage error exits with 64."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(add_help=False, formatter_class=_Formatter, **kwargs)
        self._positionals.title = "arguments"
        self.add_argument("-h", "--help", action="help", help="affiche cette aide")

    def error(self, message: str) -> NoReturn:
        for english, french in _FRENCH:
            message = re.sub(english, french, message)
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, f"{self.prog} : {message}\n")
