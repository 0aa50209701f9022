"""Checks one requirement of a guide on a server that has the examples."""

import copy
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fhir_world import Answer, FhirWorld
from validator import VALIDATOR

from esante.validation.domain.profiles.notation import structure_url
from volet_requirements.examples import case_resource, examples
from volet_requirements.requirements import Requirement

OTHER = "other"
"""The id of the example of each type that no query of a requirement finds."""
_JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True, slots=True)
class RequirementCheck:
    """`run` raises AssertionError if the server does not meet the requirement.

    `statement`: the CapabilityStatement of the server.
    """

    fhir: FhirWorld
    statement: Any
    required: Requirement

    async def run(self) -> None:
        checks: dict[str, Callable[[], Awaitable[None]]] = {
            "format": self._format,
            "transaction": self._transaction,
            "profile": self._profile,
            "interaction": self._interaction,
            "conditional": self._conditional,
            "include": self._include,
            "search": self._search,
            "chain": self._finds_the_example,
        }
        await checks[self.required.category]()

    @property
    def _type(self) -> str:
        return self.required.type

    @property
    def _address(self) -> str:
        return f"/{self._type}/{self.required.example}"

    @property
    def _stated(self) -> Any:
        """What the server states about the type."""
        resources = self.statement["rest"][0]["resource"]
        return next(each for each in resources if each["type"] == self._type)

    def _example(self) -> Any:
        if "/" in self.required.example:
            return case_resource(self.required.example)
        return copy.deepcopy(examples()[self._type, self.required.example])

    def _copy(self) -> Any:
        """The example as another resource, which no condition takes for it."""
        resource = self._example()
        resource["id"] = str(uuid.uuid4())
        for element in ("identifier", "masterIdentifier"):
            for each in _items(resource.get(element)):
                each["value"] = f"urn:uuid:{resource['id']}"
        return resource

    async def _send(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        answer = await self.fhir.send(method, path, body, **options)
        assert answer.status < 400, (method, path, answer.body)
        return answer

    async def _format(self) -> None:
        name = f"application/fhir+{self.required.name}"
        assert name in self.statement["format"]
        answer = await self._send("GET", "/Patient/sample", headers={"Accept": name})
        assert answer.headers["content-type"].partition(";")[0] == name

    async def _transaction(self) -> None:
        codes = {each["code"] for each in self.statement["rest"][0]["interaction"]}
        assert "transaction" in codes
        sent = case_resource(self.required.name)
        answer = await self._send("POST", "", sent)
        assert answer.json["type"] == "transaction-response"
        statuses = [each["response"]["status"][:3] for each in answer.json["entry"]]
        assert len(statuses) == len(sent["entry"])
        assert set(statuses) <= {"200", "201"}, statuses

    async def _profile(self) -> None:
        url = structure_url(self.required.name)
        assert url in self._stated["supportedProfile"]
        found = VALIDATOR.check_profiles(self._example(), [url])
        assert not [each for each in found if each.severity == "error"], found

    async def _interaction(self) -> None:
        assert self.required.name in {each["code"] for each in self._stated["interaction"]}
        does: dict[str, Callable[[], Awaitable[None]]] = {
            "read": self._read,
            "vread": self._vread,
            "history-instance": self._history_of_one,
            "history-type": self._history_of_all,
            "create": self._create,
            "update": self._update,
            "patch": self._patch,
            "delete": self._delete,
            "search-type": self._search_type,
        }
        await does[self.required.name]()

    async def _read(self) -> None:
        answer = await self._send("GET", f"{self._address}?_format=json")
        assert _without_meta(answer.json) == _without_meta(self._example())

    async def _vread(self) -> None:
        version = (await self._send("GET", self._address)).json["meta"]["versionId"]
        answer = await self._send("GET", f"{self._address}/_history/{version}")
        assert answer.json["meta"]["versionId"] == version

    async def _history_of_one(self) -> None:
        answer = await self._send("GET", f"{self._address}/_history")
        assert self.required.example in _ids(answer)

    async def _history_of_all(self) -> None:
        answer = await self._send("GET", f"/{self._type}/_history?_count=1000")
        assert {self.required.example, OTHER} <= _ids(answer)

    async def _create(self) -> None:
        answer = await self._send("POST", f"/{self._type}", self._copy())
        assert answer.status == 201
        assert f"/{self._type}/{answer.json['id']}/_history/1" in answer.headers["location"]

    async def _update(self) -> None:
        made = await self._put_copy()
        answer = await self._send("PUT", f"/{self._type}/{made['id']}", made | {"language": "fr"})
        assert (answer.status, answer.json["meta"]["versionId"]) == (200, "2")

    async def _patch(self) -> None:
        made = await self._put_copy()
        patch = [{"op": "add", "path": "/language", "value": "fr"}]
        path = f"/{self._type}/{made['id']}"
        answer = await self._send("PATCH", path, patch, media=_JSON_PATCH)
        assert (answer.status, answer.json["language"]) == (200, "fr")

    async def _delete(self) -> None:
        path = f"/{self._type}/{(await self._put_copy())['id']}"
        await self._send("DELETE", path)
        assert (await self.fhir.send("GET", path)).status == 410

    async def _search_type(self) -> None:
        answer = await self._send("GET", f"/{self._type}?_id={self.required.example}")
        assert _ids(answer) == {self.required.example}

    async def _conditional(self) -> None:
        made = await self._put_copy()
        path = f"/{self._type}?identifier=urn:uuid:{made['id']}"
        if self.required.name == "update":
            assert self._stated["conditionalUpdate"]
            answer = await self._send("PUT", path, made | {"language": "fr"})
            assert (answer.status, answer.json["id"]) == (200, made["id"])
        elif self.required.name == "patch":
            patch = [{"op": "add", "path": "/language", "value": "fr"}]
            answer = await self._send("PATCH", path, patch, media=_JSON_PATCH)
            assert answer.json["id"] == made["id"]
        else:
            assert self._stated["conditionalDelete"] == "single"
            await self._send("DELETE", path)
            gone = await self.fhir.send("GET", f"/{self._type}/{made['id']}")
            assert gone.status == 410

    async def _include(self) -> None:
        name = self.required.name
        assert name in self._stated["searchInclude"]
        path = f"/{self._type}?_id={self.required.example}&_include={name}"
        included = [each["resource"] for each in (await self._send("GET", path)).json["entry"][1:]]
        assert self.required.query in {each["resourceType"] for each in included}

    async def _search(self) -> None:
        stated = {each["name"]: each["type"] for each in self._stated["searchParam"]}
        assert stated.get(self.required.name) == self.required.value_type
        await self._finds_the_example()

    async def _finds_the_example(self) -> None:
        """Copies that other tests made may be found too."""
        query = quote(self.required.query, safe="=&:/-")
        found = _ids(await self._send("GET", f"/{self._type}?{query}&_count=1000"))
        assert self.required.example in found
        assert not {OTHER, f"{OTHER}-{self.required.example}"} & found

    async def _put_copy(self) -> Any:
        resource = self._copy()
        await self._send("PUT", f"/{self._type}/{resource['id']}", resource)
        return resource


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _ids(answer: Answer) -> set[str]:
    """The ids of the resources of the first type in a Bundle."""
    resources = [each["resource"] for each in answer.json.get("entry", ()) if "resource" in each]
    first = resources[0]["resourceType"] if resources else ""
    return {each["id"] for each in resources if each["resourceType"] == first}


def _without_meta(resource: Any) -> Any:
    return {name: each for name, each in resource.items() if name != "meta"}
