"""Random search queries on a population, mostly with values that occur in it."""

from random import Random
from typing import Any

from search_population import BASE, ELSEWHERE, UNITS, Population
from search_reference import span_of, values
from search_tables import COMMON, COMPOSITES, PARAMETERS

Pairs = list[tuple[str, str]]
PREFIXES = ["", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
SORTS = {
    "Patient": ["name", "birthdate", "address-city", "gender", "active", "identifier"],
    "Observation": ["date", "value-date", "value-string", "code", "combo-code", "subject"],
    "Condition": ["onset-date", "recorded-date"],
    "RiskAssessment": ["probability"],
    "Encounter": ["date"],
    "ValueSet": ["url", "name"],
    "Provenance": ["recorded"],
}
CHAINS = {
    "Observation": [("subject", "Patient"), ("encounter", "Encounter"), ("performer", "")],
    "Encounter": [("subject", "Patient"), ("service-provider", "Organization")],
    "Condition": [("patient", "Patient"), ("encounter", "Encounter")],
    "Patient": [("general-practitioner", ""), ("organization", "Organization")],
    "Provenance": [("target", "Observation"), ("target", "Condition"), ("agent", "Practitioner")],
    "List": [("item", "Patient"), ("item", "Observation")],
    "Organization": [("partof", "Organization")],
}
HAS = {
    "Patient": [("Observation", "patient"), ("Condition", "subject"), ("List", "item")],
    "Observation": [("Provenance", "target"), ("List", "item")],
    "Encounter": [("Observation", "encounter"), ("Condition", "encounter")],
    "Practitioner": [("Patient", "general-practitioner"), ("Observation", "performer")],
    "Organization": [("Encounter", "service-provider"), ("Organization", "partof")],
}


def escaped(text: str) -> str:
    for each in "\\,$|":
        text = text.replace(each, "\\" + each)
    return text


class QueryGenerator:
    """Makes queries about a population."""

    def __init__(self, population: Population, seed: int) -> None:
        self._population, self._random = population, Random(seed)

    def one(self, found: Any) -> Any:
        return self._random.choice(list(found))

    def chance(self, of: float) -> bool:
        return self._random.random() < of

    def query(self) -> tuple[str, Pairs]:
        """A resource type and a query on it."""
        name = self.one([*PARAMETERS, "Observation", "Observation", "Patient"])
        count = self.one([1, 1, 1, 2, 2, 3])
        pairs = [self.condition(name, 0) for _ in range(count)]
        if self.chance(0.3):
            pairs.append(("_sort", self.sort(name)))
        return name, pairs

    def sort(self, name: str) -> str:
        known = [*SORTS.get(name, ()), "_lastUpdated", "_id"]
        keys = self._random.sample(known, self.one([1, 1, 2]))
        return ",".join(("-" if self.chance(0.5) else "") + each for each in keys)

    def condition(self, name: str, depth: int) -> tuple[str, str]:
        if depth < 2 and name in CHAINS and self.chance(0.2):
            code, target = self.one(CHAINS[name])
            inner, value = self.condition(target or "Organization", depth + 1)
            inner, value = ("name", "c") if not target else (inner, value)
            typed = (
                f":{target}" if target and (code in ("target", "item") or self.chance(0.5)) else ""
            )
            return f"{code}{typed}.{inner}", value
        if depth < 2 and name in HAS and self.chance(0.15):
            source, code = self.one(HAS[name])
            inner, value = self.condition(source, depth + 1)
            return f"_has:{source}:{code}:{inner}", value
        if name == "Observation" and self.chance(0.15):
            return self.composite()
        if self.chance(0.08):
            return self.own(name)
        code = self.one([*PARAMETERS[name], *PARAMETERS[name], *COMMON])
        return self.simple(name, code)

    def own(self, name: str) -> tuple[str, str]:
        if self.chance(0.5):
            ids = [each["id"] for each in self._population.of(name)]
            return "_id", ",".join(self._random.sample(ids, min(3, len(ids))))
        return "_lastUpdated", self.one(PREFIXES) + "2026-03-02T08:00:0" + self.one("0123") + "Z"

    def simple(self, name: str, code: str) -> tuple[str, str]:
        parameter_type, paths, _ = (COMMON | PARAMETERS[name])[code]
        if self.chance(0.06):
            return f"{code}:missing", self.one(["true", "false"])
        found = [v for each in self._population.of(name) for v in values(each, paths)]
        if not found:
            return f"{code}:missing", "false"
        suffix, make = getattr(self, f"_{parameter_type}")(paths)
        texts = [make(self.one(found)) for _ in range(self.one([1, 1, 1, 2, 3]))]
        return code + suffix, ",".join(texts)

    def composite(self) -> tuple[str, str]:
        code = self.one(COMPOSITES)
        elements, first, second, parameter_type = COMPOSITES[code]
        paths = [f"{each.strip('.')}.".lstrip(".") for each in (elements.split() or ["."])]
        resources = self._population.of("Observation")
        codes = [v for r in resources for p in paths for v in values(r, p + first)]
        rest = [v for r in resources for p in paths for v in values(r, p + second)]
        if not rest:
            return "code:missing", "false"
        make = (
            getattr(self, f"_{parameter_type}")("")[1] if parameter_type != "token" else self._coded
        )
        if parameter_type == "string":
            make = escaped
        return code, f"{self._coded(self.one(codes))}${make(self.one(rest))}"

    def _coded(self, value: Any, paths: str = "") -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            system = paths.partition("=")[2].split(" ")[0]
            return f"{system}|{value}" if system and self.chance(0.3) else value
        coding = self.one(value["coding"]) if "coding" in value else value
        code = escaped(coding.get("code", coding.get("value", "")))
        system = escaped(coding.get("system", ""))
        return self.one([code, code.upper(), f"{system}|{code}", f"{system}|" if system else code])

    def _token(self, paths: str) -> tuple[str, Any]:
        if self.chance(0.15):
            return ":not", lambda value: self._coded(value, paths)
        if "code" in paths and self.chance(0.15):
            return ":text", lambda value: self.one(["tension", "Poids", "à jeun", "gly"])
        if paths == "identifier" and self.chance(0.3):
            return ":of-type", self._of_type
        return "", lambda value: self._coded(value, paths)

    def _of_type(self, value: Any) -> str:
        return f"urn:types|{self.one(['MR', 'NI'])}|{value['value']}"

    def _string(self, _: str) -> tuple[str, Any]:
        how = self.one(["", "", ":exact", ":contains"])

        def make(value: str) -> str:
            start = self._random.randrange(len(value)) if how == ":contains" else 0
            end = len(value) if how == ":exact" else start + self.one([1, 2, 4])
            text = value[start:end].strip() or value
            return escaped(text if how == ":exact" else self.one([text, text.upper()]))

        return how, make

    def _date(self, _: str) -> tuple[str, Any]:
        def make(value: Any) -> str:
            text = value if isinstance(value, str) else self.one(value.values())
            cut = self.one([4, 7, 10, len(text), len(text)])
            shortened = text[:cut] if cut <= len(text) else text
            span_of(shortened)
            return str(self.one(PREFIXES) + shortened)

        return "", make

    def _number(self, _: str) -> tuple[str, Any]:
        def make(value: Any) -> str:
            return str(self.one(PREFIXES)) + self.one([str(value), "5", "100", "1e2", "99.5"])

        return "", make

    def _quantity(self, _: str) -> tuple[str, Any]:
        def make(value: Any) -> str:
            number = str(self.one(PREFIXES)) + str(value["value"])
            system, code = value.get("system", ""), value.get("code", "")
            unit = value.get("unit", code)
            wanted = code if self.chance(0.5) else self.one(UNITS)[0]
            exact = f"{number}|{system}|{wanted}" if code and system else number
            either = f"{number}||{unit}" if unit else number
            return str(self.one([number, exact, either]))

        return "", make

    def _uri(self, _: str) -> tuple[str, Any]:
        how = self.one(["", ":below", ":above"])
        return how, lambda value: escaped(value + self.one(["", "/1"] if how == ":above" else [""]))

    def _reference(self, paths: str) -> tuple[str, Any]:
        if self.chance(0.1):
            return ":identifier", lambda value: "urn:ids|" + self.one(["pat3", "obs12", "n3"])
        known = ["Patient", "Practitioner", "Organization", "Encounter", "Observation"]
        if paths in ("partOf", "serviceProvider", "managingOrganization") and self.chance(0.3):
            roots = [each["id"] for each in self._population.of("Organization")]
            return self.one([":below", ":above"]), lambda _: f"Organization/{self.one(roots)}"
        typed = self.one(known) if self.chance(0.1) and paths == "entry.item" else ""

        def make(value: Any) -> str:
            text = value.get("reference", "Patient/none")
            text = "Patient/none" if text.startswith("#") else text
            bare = text.removeprefix(BASE + "/").removeprefix(ELSEWHERE + "/")
            if typed:
                return str(bare.partition("/")[2])
            return str(self.one([text, bare, bare.partition("/")[2], f"{BASE}/{bare}"]))

        return (f":{typed}" if typed else ""), make
