"""Prometheus' and Grafana's files name metrics that exist, and scrape every container of ours."""

import json
import re
from typing import Any

import yaml
from workspace_files import ROOT

MONITORING = ROOT / "deploy" / "monitoring"
_DEFINED = re.compile(r"\b(Counter|Gauge|Histogram)\(\s*\"([a-z_]+)\"")
_NAMED = re.compile(r"\b([a-z]+(?:_[a-z]+)+)\b(?=[{\[)> ]|$)")
_METRIC = re.compile(r"\b(?:pilotes|bus|esante|outbox|gateway|mobilite)_[a-z_]+")
_LABELS = re.compile(r"\{[^}]*\}")


def metrics() -> set[str]:
    """The metrics that our code defines, as Prometheus sees them."""
    found = set()
    for folder in (ROOT / "socle", ROOT / "services"):
        for path in folder.rglob("src/**/*.py"):
            for kind, name in _DEFINED.findall(path.read_text()):
                counted = kind == "Counter" and not name.endswith("_total")
                found.add(f"{name}_total" if counted else name)
    return found


def test_alerts_name_metrics_that_exist() -> None:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    named = {name for rule in rules for name in _NAMED.findall(_LABELS.sub("", rule["expr"]))}
    assert len(named) > 5
    assert named <= metrics()
    for rule in rules:
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("routine", "urgent")


def test_dashboards_name_metrics_that_exist() -> None:
    for path in (MONITORING / "grafana").glob("*.json"):
        dashboard = json.loads(path.read_text())
        panels = [each for each in dashboard["panels"] if each["type"] != "row"]
        expressions = [target["expr"] for panel in panels for target in panel["targets"]]
        variables = [
            each["query"]["query"]
            for each in dashboard["templating"]["list"]
            if each["type"] == "query"
        ]
        named = set(_METRIC.findall(" ".join([*expressions, *variables])))
        assert len(named) > 5
        assert named <= metrics()
        for panel in panels:
            assert panel["title"]
            assert panel["description"], panel["title"]


def test_every_platform_container_is_scraped_on_its_port() -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    ports = {}
    for name, container in compose["services"].items():
        environment = container.get("environment", {})
        found = [
            environment[each]
            for each in ("GATEWAY_METRICS_PORT", *environment)
            if each in environment and re.fullmatch(r"[A-Z]+(_METRICS)?_PORT", each)
        ]
        if str(container.get("image", "")).startswith("regionlab/") and found:
            ports[name] = int(found[0])
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    scraped = {
        name: each["port"]
        for job in jobs
        for each in job["dns_sd_configs"]
        for name in each["names"]
    }
    assert scraped == ports
