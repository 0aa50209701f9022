"""Types of command-line arguments: instants, speeds, sizes, seeds, ports.

Each function parses a text, and raises argparse.ArgumentTypeError for an invalid one.
"""

import argparse
from datetime import datetime


def instant(text: str) -> datetime:
    """An RFC 3339 instant with its offset, from 1991 to 2099."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"« {text} » n'est pas un instant : écrivez par exemple 2026-03-02T08:00:00+01:00"
        )
    if not 1991 <= value.year <= 2099:
        raise argparse.ArgumentTypeError("un instant entre 1991 et 2099 est attendu")
    return value


def speed(text: str) -> float:
    """How many seconds the platform's clock advances per second, from 1 to 1000."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas une vitesse (1 à 1000)")
    return value


def scale(text: str) -> int:
    """The size of the demo region, from 1 to 16."""
    if not text.isdigit() or not 1 <= int(text) <= 16:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas une taille (1 à 16)")
    return int(text)


def port(text: str) -> int:
    """The number of a TCP port, from 1 to 65535."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas un port (1 à 65535)")
    return int(text)


def population_scale(text: str) -> float:
    """The size of the simulated population, from 0.005 to 100; 1 is 200 patients."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.005 <= value <= 100:
        raise argparse.ArgumentTypeError(
            f"« {text} » n'est pas une taille de population (0.005 à 100 ; 1 : 200 patients)"
        )
    return value


def seed(text: str) -> int:
    """A seed, from 0 to 99."""
    if not text.isdigit() or int(text) > 99:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas une graine (0 à 99)")
    return int(text)


def seconds(text: str) -> float:
    """A duration, from 0.1 to 3600 seconds."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas une durée (0.1 à 3600 s)")
    return value


def batch_size(text: str) -> int:
    """How many measures a batch has, from 1 to 1000."""
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas un nombre de mesures (1 à 1000)")
    return int(text)
