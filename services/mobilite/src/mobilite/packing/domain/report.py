"""The report of an import: dropped and repaired rows, for the operator."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.plain_text import strip_hidden

SAMPLES = 3
"""Samples retained for each line of the report."""

UNREAD_FILES = 50
"""Lines about files that are not read; one more line counts the others."""
UNREAD_FIELDS = 50
"""Names of fields in the sentence about those of one file."""

IGNORED = frozenset({"unreadable", "too_large", "missing_column"})
"""The codes of optional files of which nothing is read."""

SENTENCES = {
    "wrong_number": "Valeurs qui ne sont pas des nombres, ignorées.",
    "encoding": "Fichier qui n'est pas en UTF-8 : lu comme du Windows-1252.",
    "unreadable": "Fichier facultatif illisible, ignoré.",
    "too_large": "Fichier facultatif trop gros, ignoré.",
    "unread_file": "Fichier qui n'est pas lu.",
    "unread_files": "Autres fichiers qui ne sont pas lus.",
    "unread_field": "Champs qui ne sont pas lus",
    "wrong_location": "Zones illisibles ou hors du globe, écartées.",
    "missing_column": "Fichier facultatif sans colonne obligatoire, ignoré.",
    "empty_id": "Lignes sans identifiant, écartées.",
    "duplicate_id": "Identifiants en double : seule la première ligne est gardée.",
    "unknown_timezone": "Fuseau horaire inconnu, remplacé par celui d'une autre agence.",
    "unknown_stop_timezone": "Fuseau horaire d'arrêt inconnu, ignoré.",
    "unknown_agency": "Lignes d'une agence inconnue : rattachées à aucune agence.",
    "route_type": "Type de ligne absent ou illisible.",
    "color": "Couleurs qui ne sont pas six chiffres hexadécimaux : corrigées ou ignorées.",
    "wrong_coordinates": "Coordonnées absentes, nulles ou hors du globe : celles de la gare, "
    "sinon aucune.",
    "dangling_parent": "Arrêt parent inconnu ou de mauvaise nature : lien retiré.",
    "wrong_date": "Dates illisibles, lignes écartées.",
    "wrong_exception": "Exceptions de calendrier de type inconnu, écartées.",
    "calendar_cut": "Calendrier démesuré, réduit à une fenêtre autour des dates des services.",
    "service_without_date": "Services qui ne circulent aucun jour.",
    "unknown_route": "Courses d'une ligne inconnue, écartées.",
    "unknown_service": "Courses d'un service inconnu ou sans aucun jour, écartées.",
    "unknown_trip": "Horaires de courses inconnues ou écartées, écartés.",
    "unknown_stop": "Horaires à des arrêts inconnus, écartés.",
    "unknown_location": "Horaires à la demande à des arrêts, zones ou groupes inconnus, écartés.",
    "wrong_window": "Horaires à la demande sans plage horaire lisible, écartés.",
    "call_at_station": "Horaires donnés à une gare et non à un quai : gardés.",
    "wrong_sequence": "Horaires sans rang (stop_sequence) lisible, écartés.",
    "duplicate_call": "Horaires de même course et de même rang : seul le premier est gardé.",
    "wrong_time": "Heures illisibles : calculées entre les heures voisines.",
    "interpolated": "Heures absentes, calculées entre les heures voisines.",
    "untimed_end": "Débuts ou fins de course sans aucune heure, écartés.",
    "past_midnight": "Heures repassées à 00:00 après minuit : comptées après 24:00.",
    "backward_time": "Heures qui reculent le long de la course : recalculées.",
    "trip_without_calls": "Courses de moins de deux arrêts horaires, écartées.",
    "wrong_frequency": "Fréquences illisibles ou d'intervalle nul, écartées.",
    "unknown_frequency_trip": "Fréquences de courses inconnues ou écartées.",
    "too_many_runs": "Fréquences qui donneraient trop de passages, écartées.",
    "unknown_transfer_stop": "Correspondances entre des arrêts inconnus, écartées.",
    "unknown_pathway_stop": "Chemins en gare entre des lieux inconnus, ou d'une gare et non d'un "
    "quai : les itinéraires ne les utilisent pas.",
    "wrong_pathway": "Chemins en gare de type inconnu, ou d'un lieu à lui-même : les itinéraires "
    "ne les utilisent pas.",
    "wrong_pathway_value": "Durées, longueurs ou largeurs de chemins en gare négatives ou "
    "démesurées, ignorées.",
    "too_many_pathways": "Gares aux chemins trop nombreux : les distances y sont à vol d'oiseau.",
    "platform_without_entrance": "Quais qu'aucun chemin ne relie à une entrée de leur gare : ils "
    "sont atteints par la rue.",
    "platforms_apart": "Quais d'une gare qu'aucun chemin ne relie : aucun changement de l'un à "
    "l'autre n'est proposé à l'intérieur, sauf si transfers.txt en donne un.",
    "unknown_shape": "Tracés inconnus : courses gardées sans tracé.",
    "unknown_fare_reference": "Lignes de tarifs qui citent un tarif, une ligne, une zone ou un "
    "autre objet que le flux n'a pas : écartées ; si un prix en dépend, aucun n'est donné.",
    "wrong_shape_point": "Points de tracé aux coordonnées fausses, écartés.",
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One type of finding in one file."""

    file: str
    """The GTFS file name."""
    code: str
    """A key of `SENTENCES`."""
    message: str
    """Its sentence, in French; that of `unread_field` names the fields."""
    count: int
    """The number of cases."""
    samples: tuple[str, ...]
    """The ids or values of a few cases."""


class RowNames(Protocol):
    """Gives the name of a row: a list of texts, or a look-up."""

    def __getitem__(self, row: int, /) -> str: ...


class Report:
    """Collects the findings of one import: one line for each file and code, in order of first
    appearance."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], ReportLine] = {}

    def add(self, file: str, code: str, count: int, samples: Iterable[str] = ()) -> None:
        """Add `count` cases; 0 adds nothing. Only the first `SAMPLES` distinct samples of a line
        are retained."""
        if count <= 0:
            return
        known = self._lines.get((file, code))
        before = known.samples if known else ()
        retained = tuple(dict.fromkeys((*before, *islice(samples, SAMPLES * 2))))[:SAMPLES]
        total = count + (known.count if known else 0)
        self._lines[file, code] = ReportLine(file, code, SENTENCES[code], total, retained)

    def add_unread_files(self, paths: Sequence[str]) -> None:
        """Add files that are not read."""
        for path in paths[:UNREAD_FILES]:
            self.add(strip_hidden(path), "unread_file", 1)
        others = paths[UNREAD_FILES:]
        self.add("*", "unread_files", len(others), others)

    def add_unread_fields(self, file: str, names: Sequence[str]) -> None:
        """Add the fields of a file that are not read; the sentence names them."""
        self.add(file, "unread_field", len(names), map(strip_hidden, names))
        if names:
            line = self._lines[file, "unread_field"]
            listed = ", ".join(map(strip_hidden, names[:UNREAD_FIELDS]))
            more = "…" if len(names) > UNREAD_FIELDS else ""
            self._lines[file, "unread_field"] = replace(
                line, message=f"{line.message} : {listed}{more}."
            )

    def add_rows(self, file: str, code: str, rows: NDArray[np.bool_], names: RowNames) -> None:
        """Add the rows for which `rows` (bool[n]) is true; `names` gives their samples."""
        found = np.flatnonzero(rows)
        self.add(file, code, len(found), [names[i] for i in found[: SAMPLES * 2]])

    def ignored_files(self) -> frozenset[str]:
        """The optional files of which nothing is read."""
        return frozenset(file for file, code in self._lines if code in IGNORED)

    def lines(self) -> tuple[ReportLine, ...]:
        """Every finding so far."""
        return tuple(self._lines.values())
