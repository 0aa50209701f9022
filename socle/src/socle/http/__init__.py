"""HTTP: the edge layer, problem+json errors, FastAPI applications with both, and the client."""

from socle.http.accept import accepted_media, best_quality
from socle.http.app import ProblemBody, make_app, make_bare_app, validation_refusal
from socle.http.client import http_client, read_bounded
from socle.http.cpu_time import (
    CPU_TIME_HEADER,
    CpuTime,
    attribute_cpu_time,
    read_cpu_time,
    use_cpu_time,
)
from socle.http.edge import TIMEOUT_HEADER, Edge, sane_request_id
from socle.http.entity_tags import EntityTags, is_not_modified
from socle.http.exchange import (
    FACT_HEADER,
    UNITS_HEADER,
    ASGIApp,
    ClientDisconnected,
    Message,
    Receive,
    Scope,
    Send,
)
from socle.http.problems import STATUS, Problem, of_refusal, of_retry, of_status, problem
from socle.http.router import Router
from socle.http.ssrf_guard import InternalAddressError, is_public_name, origin_of, trusting_origin

__all__ = [
    "CPU_TIME_HEADER",
    "FACT_HEADER",
    "STATUS",
    "TIMEOUT_HEADER",
    "UNITS_HEADER",
    "ASGIApp",
    "ClientDisconnected",
    "CpuTime",
    "Edge",
    "EntityTags",
    "InternalAddressError",
    "Message",
    "Problem",
    "ProblemBody",
    "Receive",
    "Router",
    "Scope",
    "Send",
    "accepted_media",
    "attribute_cpu_time",
    "best_quality",
    "http_client",
    "is_not_modified",
    "is_public_name",
    "make_app",
    "make_bare_app",
    "of_refusal",
    "of_retry",
    "of_status",
    "origin_of",
    "problem",
    "read_bounded",
    "read_cpu_time",
    "sane_request_id",
    "trusting_origin",
    "use_cpu_time",
    "validation_refusal",
]
