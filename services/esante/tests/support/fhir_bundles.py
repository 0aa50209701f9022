"""Bundles to be done, as callers write them."""

from typing import Any


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **request: str) -> Any:
    told: dict[str, Any] = {"request": {"method": method, "url": url} | request}
    if resource is not None:
        told["resource"] = resource
    return told | ({"fullUrl": full_url} if full_url else {})


def bundle(*entries: Any, kind: str = "transaction") -> Any:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
