"""The demo's Prometheus configuration: every program's `/metrics`, and the alerts of production.

`prometheus --config.file .regionlab/prometheus.yml` runs it as it is. JSON is YAML.
"""

import json
from typing import Any, Final

from regionlab.launch.installation import Installation
from regionlab.launch.services import GATEWAY_METRICS, SERVICES
from regionlab.workspace import workspace_root

FILE: Final = "prometheus.yml"
"""In the data folder."""


def write_prometheus_config(installation: Installation) -> None:
    """Write the configuration. Raises KeyError if a program has no port yet."""
    path = installation.data / FILE
    path.write_text(json.dumps(_config(installation), ensure_ascii=False, indent=1) + "\n")


def _config(installation: Installation) -> dict[str, Any]:
    programs = {
        each.name: [GATEWAY_METRICS] if each.public else [each.program_name(r) for r in each.roles]
        for each in SERVICES
    }
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": [str(workspace_root() / "deploy" / "monitoring" / "alerts.yml")],
        "scrape_configs": [
            {
                "job_name": service,
                "static_configs": [
                    {
                        "targets": [f"127.0.0.1:{installation.ports[name]}"],
                        "labels": {"container": name},
                    }
                    for name in names
                ],
            }
            for service, names in programs.items()
        ],
    }
