"""Estimates as a table: one row for each indicator and arm, and the meaning of each column.

The CSV, the Parquet file and the data dictionary have the same columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pilotes.record.domain.protocol import Indicator
from pilotes.results.domain.contrasts import Contrast
from pilotes.results.domain.estimates import ArmFigure, Figure, Figures

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]
ColumnType = Literal["string", "integer", "number", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table."""

    name: str
    type: ColumnType
    about: str
    """Its meaning and its unit, in French."""


_KEY_COLUMNS: Final = (
    Column("pilot", "string", "Identifiant du pilote"),
    Column("protocol_version", "integer", "Version du protocole en vigueur"),
    Column("as_of", "string", "Instant du calcul (RFC 3339)"),
    Column("indicator", "string", "Identifiant de l'indicateur"),
    Column("label", "string", "Ce que l'indicateur mesure, en français"),
    Column("kind", "string", "proportion, mean, retention, score ou ratio (rapport)"),
    Column("source", "string", "Ce qui est compté : use, return ou survey, puis le fait"),
    Column(
        "at_least",
        "number",
        "D'une proportion : le nombre ou la note à partir duquel une personne compte ; vide : 1"
        " usage, ou une note positive",
    ),
    Column(
        "denominator",
        "string",
        "Par quoi un rapport est divisé, toutes les personnes d'un bras ensemble ; vide sinon",
    ),
    Column("unit", "string", "share : part de 1 ; sinon l'unité de l'indicateur"),
    Column("role", "string", "primary (principal), secondary (secondaire), guardrail (garde-fou)"),
    Column("direction", "string", "up : plus est mieux ; down : moins est mieux"),
    Column("window_days", "integer", "Jours observés par personne, depuis sa première exposition"),
    Column("arm", "string", "Identifiant du bras"),
    Column("arm_label", "string", "Ce que ce bras reçoit, en français"),
    Column("control", "boolean", "Vrai pour le bras témoin"),
    Column("status", "string", "shown : montré ; hidden : trop peu de personnes pour être montré"),
)
_VALUE_COLUMNS: Final = (
    Column("people", "integer", "Participants dont la ligne parle"),
    Column("answered", "integer", "Ceux d'entre eux qui ont une mesure"),
    Column(
        "value",
        "number",
        "Niveau du bras : part, moyenne ou rapport ; d'un essai par lieux, la moyenne des lieux,"
        " arrondie à son erreur type, sans borne",
    ),
    Column(
        "low",
        "number",
        "Borne basse à 95 %, valable à tout moment ; vide pour un rapport, et pour une moyenne sans"
        " plafond (cap)",
    ),
    Column(
        "high",
        "number",
        "Borne haute à 95 %, valable à tout moment ; vide pour un rapport, et pour une moyenne sans"
        " plafond (cap)",
    ),
    Column("once_low", "number", "Borne basse à 95 % pour un seul regard (Wilson ou Student)"),
    Column("once_high", "number", "Borne haute à 95 % pour un seul regard (Wilson ou Student)"),
    Column(
        "difference",
        "number",
        "Écart au témoin, corrigé de la situation de départ quand elle est connue (CUPED)",
    ),
    Column("difference_low", "number", "Borne basse de l'écart à 95 %, valable à tout moment"),
    Column("difference_high", "number", "Borne haute de l'écart à 95 %, valable à tout moment"),
    Column(
        "p",
        "number",
        "p-valeur valable à tout moment, corrigée par la méthode de Holm ; d'un essai par lieux :"
        " du seul regard, à la fin, arrondie à 0,001, 0,01, 0,05, 0,2 ou 1",
    ),
    Column(
        "look",
        "integer",
        "Numéro du regard prévu dont viennent l'écart, ses bornes et p, valables à tous les regards"
        " ensemble ; vide : ils sont valables à tout moment",
    ),
    Column("verdict", "string", "favorable, défavorable ou non concluant ; vide pour le témoin"),
    Column("guardrail", "string", "tenu, franchi ou non concluant ; vide hors garde-fou"),
    Column(
        "answers_differ",
        "boolean",
        "Vrai : la part des personnes qui ont une mesure n'est pas celle du témoin, et rien n'est"
        " conclu ; vide pour le témoin",
    ),
)
COLUMNS: Final = (*_KEY_COLUMNS, *_VALUE_COLUMNS)
_DIGITS: Final = 4
"""Decimals of published numbers."""


def figure_rows(
    figures: Figures,
    *,
    pilot: str,
    protocol_version: int,
    as_of: str,
    control: str,
    labels: Mapping[str, str],
    indicator: str | None = None,
    arm: str | None = None,
) -> Sequence[Row]:
    """One row for each indicator and arm.

    `pilot`: its id. `as_of`: RFC 3339, or empty. `control`: the name of the control arm. `labels`:
    of the arms, by name.
    `indicator`, `arm`: only rows of these; None: of all.
    """
    head: dict[str, Cell] = {
        "pilot": pilot,
        "protocol_version": protocol_version,
        "as_of": as_of,
    }
    return [
        {
            **head,
            **_indicator(figure.indicator),
            **_arm(figure, name),
            "arm_label": labels.get(name, name),
            "control": name == control,
        }
        for figure in figures.figures
        if indicator in (None, figure.indicator.id)
        for name in figures.people
        if arm in (None, name)
    ]


def _indicator(each: Indicator) -> dict[str, Cell]:
    return {
        "indicator": each.id,
        "label": each.label,
        "kind": each.kind,
        "source": each.source,
        "at_least": each.at_least,
        "denominator": each.denominator,
        "unit": "share" if each.binary else "unit",
        "role": each.role,
        "direction": each.direction,
        "window_days": each.window_days,
    }


def _arm(figure: Figure, name: str) -> dict[str, Cell]:
    at = next((each for each in figure.arms if each.arm == name), None)
    cells: dict[str, Cell] = {"arm": name, "status": "hidden" if at is None else "shown"}
    cells |= dict.fromkeys(each.name for each in _VALUE_COLUMNS)
    if at is not None:
        cells |= _level(at)
    found = next((each for each in figure.contrasts if each.arm == name), None)
    return cells if found is None else cells | _contrast(found)


def _level(at: ArmFigure) -> dict[str, Cell]:
    return {
        "people": at.people,
        "answered": at.answered,
        "value": rounded(at.value),
        "low": None if at.level is None else rounded(at.level.low),
        "high": None if at.level is None else rounded(at.level.high),
        "once_low": None if at.once is None else rounded(at.once.low),
        "once_high": None if at.once is None else rounded(at.once.high),
    }


def _contrast(found: Contrast) -> dict[str, Cell]:
    return {
        "difference": rounded(found.estimate),
        "difference_low": rounded(found.low),
        "difference_high": rounded(found.high),
        "p": rounded(found.p),
        "look": found.look,
        "verdict": found.verdict.value,
        "guardrail": None if found.guard is None else found.guard.value,
        "answers_differ": found.answers_differ,
    }


def rounded(value: float | None) -> float | None:
    """The number with as many decimals as are published."""
    return None if value is None else round(value, _DIGITS)
