"""Invented names of stops and communes. Each iterator yields a name once."""

from collections.abc import Iterator
from random import Random

from demo.network.data_files import read


def stop_names(rng: Random) -> Iterator[str]:
    """Names for the stops of one town, without end: first plain names mixed with a few streets
    ("Rue Pasteur"), then only streets, then all again with a number."""
    words = read("names")["stops"]
    composed = [
        f"{street_type} {name}".strip()
        for street_type in words["kinds"]
        for name in words["names"]
        if street_type or name[0].isupper()
    ]
    rng.shuffle(composed)
    first = [*words["plain"], *composed[: 2 * len(words["plain"])]]
    rng.shuffle(first)
    given = set(first)
    names = [*first, *(name for name in composed if name not in given)]
    yield from names
    number = 2
    while True:
        yield from (f"{name} {number}" for name in names)
        number += 1


def commune_names(rng: Random) -> Iterator[str]:
    """Names for invented communes: composed ones, then the same with "Le Grand", "Le Petit"…"""
    words = read("names")["communes"]
    names = [start + end for start in words["beginnings"] for end in words["endings"]]
    rng.shuffle(names)
    yield from names
    for place in ("Grand", "Petit", "Haut", "Bas"):
        yield from (f"Le {place} {name}" for name in names if not name.startswith(("La ", "Le")))
