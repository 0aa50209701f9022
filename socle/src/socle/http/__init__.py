"""HTTP as the house speaks it: the edge, its problems, FastAPI wearing both, and the client."""

from socle.http.app import ProblemBody, make_app, make_bare_app, validation_refusal
from socle.http.client import http_client, read_bounded
from socle.http.cpu_time import SPENT_HEADER, Spent, counted_aside, counts_aside, spent_in
from socle.http.edge import TIMEOUT_HEADER, Edge, sane_request_id
from socle.http.exchange import FACT_HEADER, ASGIApp, Message, Receive, Scope, Send
from socle.http.outside import LedInside, asking, is_outside_name, origin_of
from socle.http.problems import STATUS, Problem, of_refusal, of_retry, of_status, problem

__all__ = [
    "FACT_HEADER",
    "SPENT_HEADER",
    "STATUS",
    "TIMEOUT_HEADER",
    "ASGIApp",
    "Edge",
    "LedInside",
    "Message",
    "Problem",
    "ProblemBody",
    "Receive",
    "Scope",
    "Send",
    "Spent",
    "asking",
    "counted_aside",
    "counts_aside",
    "http_client",
    "is_outside_name",
    "make_app",
    "make_bare_app",
    "of_refusal",
    "of_retry",
    "of_status",
    "origin_of",
    "problem",
    "read_bounded",
    "sane_request_id",
    "spent_in",
    "validation_refusal",
]
