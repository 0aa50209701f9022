"""Command lines that speak French and exit with sysexits' codes."""

import argparse
import sys
from typing import Any, NoReturn

EX_USAGE, EX_UNAVAILABLE, EX_CONFIG = 64, 69, 78


class Parser(argparse.ArgumentParser):
    """argparse, in French; mistakes exit with 64."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(add_help=False, **kwargs)
        self._positionals.title = "arguments"
        self.add_argument("-h", "--help", action="help", help="affiche cette aide")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, f"{self.prog} : {message}\n")
