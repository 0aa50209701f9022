"""Bundles of requests."""

from typing import Any


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **request: str) -> Any:
    made: dict[str, Any] = {"request": {"method": method, "url": url} | request}
    if resource is not None:
        made["resource"] = resource
    return made | ({"fullUrl": full_url} if full_url else {})


def bundle(*entries: Any, bundle_type: str = "transaction") -> Any:
    return {"resourceType": "Bundle", "type": bundle_type, "entry": list(entries)}
