"""Scopes in the language of the page, for the person who grants them: texts of `pages/droits`."""

from gateway.callers.domain.identity import Role
from gateway.http.api.pages import PAGES
from gateway.oauth.domain.scopes import (
    ANY_TYPE,
    LAUNCH_PATIENT,
    OFFLINE,
    ONLINE,
    OPENID,
    READING,
    WRITING,
    DataScope,
    Scopes,
)
from socle.pages import Texts


def describe_scope(scope: DataScope, role: Role) -> str:
    """One data scope: "Lire les observations du patient". `role`: that of the person."""
    texts = PAGES.texts("droits")
    text = f"{_verbs(scope, texts)} {_object(scope, role, texts)}"
    restrictions = [_restriction(each, texts) for each in sorted(scope.restrictions)]
    if not restrictions:
        return text
    return texts["restricted"].format(
        scope=text, restrictions=f" {texts['and']} ".join(restrictions)
    )


def describe_plain_scope(name: str) -> tuple[str, str]:
    """The text of a plain scope that a person may decline, and a detail of it.

    `name`: one of OPTIONAL_SCOPES.
    """
    texts = PAGES.texts("droits")
    return texts[name], texts[f"{name}_detail"]


def describe_scopes(given: Scopes, role: Role) -> list[str]:
    """All given scopes, a line each, for the page that lists applications."""
    lines = [describe_scope(each, role) for each in given.choices()]
    plain = [name for name in (OPENID, OFFLINE, ONLINE) if name in given.plain]
    lines += [describe_plain_scope(name)[0] for name in plain]
    if LAUNCH_PATIENT in given.plain and role == "professional":
        lines.append(PAGES.texts("droits")["launch_patient"])
    return lines


def _verbs(scope: DataScope, texts: Texts) -> str:
    reading = "".join(each for each in "rs" if each in scope.permissions & READING)
    writing = [each for each in "cud" if each in scope.permissions & WRITING]
    verbs = [texts[f"verb_{each}"] for each in (reading, *writing) if each]
    joined = _and(texts).join(filter(None, (", ".join(verbs[:-1]), verbs[-1])))
    return joined[0].upper() + joined[1:]


def _and(texts: Texts) -> str:
    return f" {texts['and']} "


def _object(scope: DataScope, role: Role, texts: Texts) -> str:
    whose = "patient" if scope.level != "user" else "user"
    if whose == "patient" and role == "patient":
        whose = "own"
    if scope.resource_type == ANY_TYPE:
        return texts[f"all_{whose}"]
    other = texts["type_other"].format(resource_type=scope.resource_type)
    plural = texts.get(f"type_{scope.resource_type}", other)
    return texts[f"some_{whose}"].format(resources=plural)


def _restriction(restriction: str, texts: Texts) -> str:
    name, _, value = restriction.partition("=")
    return texts["restriction"].format(
        name=texts.get(f"restriction_{name}", name), value=value.rpartition("|")[2]
    )
