"""Reference implementation of search, second half: which resources match, by reading every one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from search_reference import (
    FIRST,
    LAST,
    Stored,
    at,
    bare,
    codings,
    date_meets,
    folded,
    local_of,
    number_meets,
    quantity_meets,
    span_of,
    split,
    texts_of,
    token_meets,
    values,
)
from search_tables import COMMON, COMPOSITES, PARAMETERS

# type → what places it in a patient's compartment, of what the population has
# https://hl7.org/fhir/R4/compartmentdefinition-patient.html
_OF_PATIENT = {
    "Condition": "subject",
    "Encounter": "subject",
    "Observation": "subject performer",
    "Provenance": "target",
    "RiskAssessment": "subject",
}


def is_of(one: Stored, patient: str) -> bool:
    """Whether it is in that patient's compartment."""
    local = f"Patient/{patient}"
    references = values(one.resource, _OF_PATIENT.get(one.type, ""))
    return one.local == local or any(local_of(each) == local for each in references)


class Judge:
    """`stored`: everything there is; `now`: what `ap` counts from."""

    def __init__(self, stored: Sequence[Stored], now: datetime) -> None:
        self.stored, self.now = stored, now
        self.by_local = {each.local: each for each in stored}

    def meets(self, one: Stored, name: str, value: str) -> bool:
        """Whether that resource answers one parameter."""
        if name.startswith("_has:"):
            _, source, code, rest = name.split(":", 3)
            return any(
                other.type == source
                and one.local in self.referred(other, code)
                and self.meets(other, rest, value)
                for other in self.stored
            )
        head, dot, rest = name.partition(".")
        if dot:
            code, _, only = head.partition(":")
            targets = [self.target(one, each) for each in self.referred(one, code)]
            return any(
                target is not None
                and only in ("", target.type)
                and self.has_parameter(target.type, rest)
                and self.meets(target, rest, value)
                for target in targets
            )
        code, _, modifier = name.partition(":")
        wanted = split(value, ",")
        if code in ("_id", "_lastUpdated") and one.container is not None:
            return False
        if code == "_id":
            return one.resource["id"] in wanted
        if code == "_lastUpdated":
            # An instant: it begins, and the next one is no more of it.
            moment = (one.updated, one.updated + timedelta(microseconds=1))
            return any(date_meets(moment, each, self.now) for each in wanted)
        if code in COMPOSITES and one.type == "Observation":
            return any(self.together(one, code, each) for each in wanted)
        return self.simple(one, code, modifier, wanted)

    def has_parameter(self, name: str, rest: str) -> bool:
        code = rest.partition(".")[0].partition(":")[0]
        composite = name == "Observation" and code in COMPOSITES
        return composite or code.startswith("_") or code in PARAMETERS.get(name, {})

    def referred(self, one: Stored, code: str) -> list[str]:
        """What a reference parameter leads to, here."""
        _, paths, targets = PARAMETERS[one.type][code]
        found = [local_of(each) for each in values(one.resource, paths)]
        return [each for each in found if each and self.is_one_of(one, each, targets, code)]

    def target(self, one: Stored, local: str) -> Stored | None:
        """What a reference in that resource refers to, here or in the resource that contains it."""
        container = one.container or one
        for inner in container.resource.get("contained", ()):
            if local == f"#{inner['id']}":
                return Stored(inner, container.updated, container.born, container)
        return self.by_local.get(local)

    def is_one_of(self, one: Stored, local: str, targets: str, code: str) -> bool:
        # `patient` is `subject.where(resolve() is Patient)`; the others use the reference as it is.
        target = self.target(one, local) if local.startswith("#") else None
        name = local.partition("/")[0] if target is None else target.type
        return code != "patient" or name in targets.split()

    def simple(self, one: Stored, code: str, modifier: str, wanted: list[str]) -> bool:
        parameter_type, paths, targets = (COMMON | PARAMETERS[one.type])[code]
        found = values(one.resource, paths)
        if parameter_type == "reference" and code == "patient":
            found = [each for each in found if self.of_patient(each)]
        if modifier == "missing":
            return (not self.present(parameter_type, found)) == (wanted == ["true"])
        judge = getattr(self, f"_{parameter_type}")
        return bool(judge(found, modifier, wanted, paths, targets))

    def of_patient(self, reference: Any) -> bool:
        text = reference.get("reference", "")
        if text == "#p":
            return True
        named = text.split("/")[-2] if text else reference.get("type", "")
        return bool(named == "Patient")

    def present(self, parameter_type: str, found: list[Any]) -> bool:
        return bool(found)

    def _string(self, found: list[str], modifier: str, wanted: list[str], *_: Any) -> bool:
        texts = [bare(each) for each in wanted]
        if modifier == "exact":
            return any(each in texts for each in found)
        if modifier == "contains":
            return any(folded(t) in folded(each) for each in found for t in texts)
        return any(folded(each).startswith(folded(t)) for each in found for t in texts)

    def _token(
        self, found: list[Any], modifier: str, wanted: list[str], paths: str, _: str
    ) -> bool:
        if modifier == "text":
            texts = [folded(text) for each in found for text in texts_of(each)]
            return any(text.startswith(folded(bare(t))) for text in texts for t in wanted)
        if modifier == "of-type":
            return any(self.of_type(each, t) for each in found for t in wanted)
        pairs = [pair for each in found for pair in codings(each, paths)]
        any_one = any(token_meets(pairs, each) for each in wanted)
        return not any_one if modifier == "not" else any_one

    def of_type(self, identifier: Any, wanted: str) -> bool:
        system, code, value = (bare(each) for each in split(wanted, "|"))
        types = [
            (each.get("system", ""), each.get("code", "").lower())
            for each in identifier.get("type", {}).get("coding", ())
        ]
        same = str(identifier.get("value", "")).lower() == value.lower()
        return same and (system, code.lower()) in types

    def _reference(
        self, found: list[Any], modifier: str, wanted: list[str], _: str, targets: str
    ) -> bool:
        if modifier in ("below", "above"):
            return any(
                self.is_related(local_of(each), bare(w), modifier) for each in found for w in wanted
            )
        if modifier == "identifier":
            texts = [each["identifier"] for each in found if "identifier" in each]
            pairs = [pair for each in texts for pair in codings(each, "")]
            return any(token_meets(pairs, each) for each in wanted)
        here = [local_of(each) for each in found]
        written = [each.get("reference") for each in found]
        for each in map(bare, wanted):
            if "://" in each and not each.startswith("https://region.example.org/"):
                if each in written:
                    return True
            elif "/" in each:
                if each.removeprefix("https://region.example.org/fhir/") in here:
                    return True
            elif any(self.is_id(local, each, modifier or targets) for local in here):
                return True
        return False

    def is_related(self, local: str | None, root: str, modifier: str) -> bool:
        """Whether that organization is the root, or below or above it."""
        first, last = (local, root) if modifier == "below" else (root, local)
        while first is not None and first != last:
            at_first = self.by_local.get(first)
            parents = self.referred(at_first, "partof") if at_first else []
            first = parents[0] if parents else None
            if modifier == "above" and first not in self.by_local:
                return False
        # What is below is found from the root down, through what is there.
        return first is not None and (
            modifier == "above" or local == root or local in self.by_local
        )

    @staticmethod
    def is_id(local: str | None, wanted: str, types: str) -> bool:
        if local is None:
            return False
        name, _, own = local.partition("/")
        return own == wanted and (types == "*" or name in types.split())

    def _date(self, found: list[Any], _: str, wanted: list[str], *__: Any) -> bool:
        return any(date_meets(span_of(each), t, self.now) for each in found for t in wanted)

    def _number(self, found: list[Any], _: str, wanted: list[str], *__: Any) -> bool:
        return any(
            number_meets(None, None, Decimal(str(each)), t) for each in found for t in wanted
        )

    def _quantity(self, found: list[Any], _: str, wanted: list[str], *__: Any) -> bool:
        return any(quantity_meets(each, t) for each in found for t in wanted)

    def _uri(self, found: list[str], modifier: str, wanted: list[str], *_: Any) -> bool:
        texts = [bare(each) for each in wanted]
        if modifier == "below":
            return any(v == t or v.startswith(t.rstrip("/") + "/") for v in found for t in texts)
        if modifier == "above":
            return any(v == t or t.startswith(v.rstrip("/") + "/") for v in found for t in texts)
        return any(each in texts for each in found)

    def together(self, one: Stored, code: str, wanted: str) -> bool:
        elements, first, second, parameter_type = COMPOSITES[code]
        code_wanted, value_wanted = split(wanted, "$")
        for path in elements.split() or ["."]:
            for element in at(one.resource, path.strip(".")):
                pairs = [p for each in at(element, first) for p in codings(each, "")]
                found = list(at(element, second))
                judge = getattr(self, f"_{parameter_type}")
                if token_meets(pairs, code_wanted) and judge(found, "", [value_wanted], "", ""):
                    return True
        return False

    def sort_value(self, one: Stored, key: str, descending: bool) -> Any:
        """None where the resource has none."""
        if key == "_id":
            return one.resource["id"]
        if key == "_lastUpdated":
            return one.updated
        parameter_type, paths, _ = PARAMETERS[one.type][key]
        found: list[Any] = values(one.resource, paths)
        if parameter_type == "token":
            found = [code for each in found for _, code in codings(each, "") if code]
        elif parameter_type == "reference":
            found = [each["reference"] for each in found if "reference" in each]
        elif parameter_type == "date":
            found = [span_of(each)[0] for each in found]
            found = [each for each in found if each not in (FIRST, LAST)]
        elif parameter_type == "string":
            found = [folded(each) for each in found]
        elif parameter_type == "number":
            found = [Decimal(str(each)) for each in found]
        return (max if descending else min)(found) if found else None

    def ordered(self, found: list[Stored], sort: str) -> list[Stored]:
        """Newest first by default; resources without a value last."""
        found = sorted(found, key=lambda each: -each.born)
        for key in reversed(sort.split(",") if sort else []):
            name, down = key.removeprefix("-"), key.startswith("-")
            having = [e for e in found if self.sort_value(e, name, down) is not None]
            without = [e for e in found if self.sort_value(e, name, down) is None]
            # Stable in either direction.
            having.sort(key=lambda e: self.sort_value(e, name, down), reverse=down)
            found = having + without
        return found
