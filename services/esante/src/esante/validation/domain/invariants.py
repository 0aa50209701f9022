"""Invariants of data types and of contained resources, evaluated without FHIRPath.

They apply to nearly every element; with FHIRPath, they would cost more than all others together.
The key in each sentence is that of the constraint in `invariants.tsv`. A test compares these
functions with FHIRPath.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

Node = Mapping[str, Any]
"""The JSON object of an element."""
Rule = Callable[[Node], str | None]
"""Returns a French sentence with the key of a violated invariant of a node; None without any."""

_UCUM: Final = "http://unitsofmeasure.org"


def _element(node: Node) -> str | None:
    if not node or (len(node) == 1 and "id" in node):
        return "Un élément a une valeur ou des éléments (ele-1)"
    return None


def _extension(node: Node) -> str | None:
    valued = any(name.startswith(("value", "_value")) for name in node)
    if ("extension" in node) == valued:
        return "Une extension a soit une valeur, soit des extensions (ext-1)"
    return None


def _period(node: Node) -> str | None:
    start, end = node.get("start"), node.get("end")
    if isinstance(start, str) and isinstance(end, str) and is_after(start, end):
        return "Une période ne finit pas avant d’avoir commencé (per-1)"
    return None


def is_after(start: str, end: str) -> bool:
    """Whether a date or instant is after another, at their common precision."""
    if "T" in start and "T" in end:
        try:
            return datetime.fromisoformat(start) > datetime.fromisoformat(end)
        except (ValueError, TypeError):
            return False
    precision = min(len(start), len(end), 10)
    return start[:precision] > end[:precision]


def _quantity(node: Node) -> str | None:
    if "code" in node and "system" not in node:
        return "Une unité codée a un système (qty-3)"
    return None


def _simple_quantity(node: Node) -> str | None:
    return "Un comparateur n’est pas permis ici (sqty-1)" if "comparator" in node else None


def _quantity_rule(key: str, words: str, allowed: Callable[[Node], bool]) -> Rule:
    """The rule of a specialisation of Quantity: a UCUM unit, a code if there is a value, and
    `allowed`. `words`: the French sentence."""

    def rule(node: Node) -> str | None:
        coded = "code" in node or "value" not in node
        is_ucum = node.get("system", _UCUM) == _UCUM
        return None if coded and is_ucum and allowed(node) else f"{words} ({key})"

    return rule


def _positive(node: Node) -> bool:
    value = node.get("value")
    return not isinstance(value, int | Decimal) or value > 0


def _counted(node: Node) -> bool:
    value = node.get("value")
    is_integer = not isinstance(value, Decimal) or "." not in str(value)
    return is_integer and node.get("code", "1") == "1"


def _duration(node: Node) -> str | None:
    if "code" in node and (node.get("system") != _UCUM or "value" not in node):
        return "Une durée codée a une valeur et une unité UCUM (drt-1)"
    return None


def _range(node: Node) -> str | None:
    low, high = node.get("low"), node.get("high")
    if not (isinstance(low, dict) and isinstance(high, dict)):
        return None
    if any(low.get(unit) != high.get(unit) for unit in ("unit", "code", "system")):
        return None
    least, most = low.get("value"), high.get("value")
    if isinstance(least, int | Decimal) and isinstance(most, int | Decimal) and least > most:
        return "La borne basse ne dépasse pas la borne haute (rng-2)"
    return None


def _ratio(node: Node) -> str | None:
    both = ("numerator" in node) == ("denominator" in node)
    if both and ("numerator" in node or "extension" in node):
        return None
    return "Un rapport a un numérateur et un dénominateur (rat-1)"


def _contact_point(node: Node) -> str | None:
    if "value" in node and "system" not in node:
        return "Une coordonnée qui a une valeur a un système (cpt-2)"
    return None


def _attachment(node: Node) -> str | None:
    if "data" in node and "contentType" not in node:
        return "Un contenu a un type (att-1)"
    return None


def _expression(node: Node) -> str | None:
    if "expression" in node or "reference" in node:
        return None
    return "Une expression est donnée, ou l’adresse où elle est (exp-1)"


def _entry(node: Node) -> str | None:
    if not {"resource", "request", "response"} & node.keys():
        return "Une entrée a une ressource, une requête ou une réponse (bdl-5)"
    if "/_history/" in str(node.get("fullUrl", "")):
        return "Une adresse complète ne désigne pas une version (bdl-8)"
    return None


def _contains(node: Node) -> str | None:
    if "code" in node and "system" not in node:
        return "Un code a un système (vsd-10)"
    if "code" not in node and "display" not in node:
        return "Un code ou un libellé est donné (vsd-6)"
    if "code" not in node and node.get("abstract") is not True:
        return "Un code est donné, sauf s’il est abstrait (vsd-9)"
    return None


def _repeat(node: Node) -> str | None:
    for key, words, broken in _REPEAT_RULES:
        if broken(node):
            return f"{words} ({key})"
    return None


def _negative(value: Any) -> bool:
    return isinstance(value, int | Decimal) and value < 0


def _offset_alone(node: Node) -> bool:
    when = node.get("when")
    events = {str(each) for each in when} if isinstance(when, list) else set()
    meals = not events or bool({"C", "CM", "CD", "CV"} & events)
    return "offset" in node and meals


_REPEAT_RULES: Final[tuple[tuple[str, str, Callable[[Node], bool]], ...]] = (
    ("tim-1", "Une durée a une unité", lambda n: "duration" in n and "durationUnit" not in n),
    ("tim-2", "Une période a une unité", lambda n: "period" in n and "periodUnit" not in n),
    ("tim-4", "Une durée n’est pas négative", lambda n: _negative(n.get("duration"))),
    ("tim-5", "Une période n’est pas négative", lambda n: _negative(n.get("period"))),
    ("tim-6", "Une période haute a une basse", lambda n: "periodMax" in n and "period" not in n),
    ("tim-7", "Une durée haute a une basse", lambda n: "durationMax" in n and "duration" not in n),
    ("tim-8", "Un nombre haut a un bas", lambda n: "countMax" in n and "count" not in n),
    ("tim-9", "Un décalage a un moment, qui n’est pas un repas", _offset_alone),
    ("tim-10", "Une heure ou un moment, pas les deux", lambda n: "timeOfDay" in n and "when" in n),
)

TYPE_RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "Element": (_element,),
    "Extension": (_extension,),
    "Period": (_period,),
    "Quantity": (_quantity,),
    "SimpleQuantity": (_simple_quantity,),
    "Age": (_quantity_rule("age-1", "Un âge est positif, en unité UCUM", _positive),),
    "Count": (_quantity_rule("cnt-3", "Un nombre est entier, d’unité 1", _counted),),
    "Distance": (_quantity_rule("dis-1", "Une distance est en unité UCUM", lambda _n: True),),
    "Duration": (_duration,),
    "Range": (_range,),
    "Ratio": (_ratio,),
    "ContactPoint": (_contact_point,),
    "Attachment": (_attachment,),
    "Expression": (_expression,),
    "Timing.repeat": (_repeat,),
    "Bundle.entry": (_entry,),
    "ValueSet.expansion.contains": (_contains,),
}
"""The rules of each data type or backbone element."""


def contained_rules(resource: Node) -> Iterator[tuple[int, str, str]]:
    """(index in `contained`, key, French sentence) of each violated rule on contained resources.

    `resource`: with the member `contained`, a list.
    """
    contained = resource["contained"]
    referred = set(_local_references(resource))
    for at, each in enumerate(contained):
        if not isinstance(each, dict):
            continue
        if "contained" in each:
            yield at, "dom-2", "Une ressource contenue n’en contient pas d’autre"
        meta = each.get("meta")
        if isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta):
            yield at, "dom-4", "Une ressource contenue n’a ni version ni date de mise à jour"
        if isinstance(meta, dict) and "security" in meta:
            yield at, "dom-5", "Une ressource contenue n’a pas d’étiquette de sécurité"
        if f"#{each.get('id')}" not in referred and "#" not in set(_local_references(each)):
            yield at, "dom-3", "Une ressource contenue est référencée par celle qui la contient"


def _local_references(node: Any) -> Iterator[str]:
    """Every string that refers within the resource: `#id`, and `#` for the container."""
    if isinstance(node, str):
        if node.startswith("#"):
            yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _local_references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _local_references(value)
