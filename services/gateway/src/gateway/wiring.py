"""Where the gateway is put together."""

from socle.clock import Clock
from socle.http import Edge

from gateway.api.control import control_app
from gateway.api.door import Door
from gateway.api.proxy import Proxy
from gateway.domain.routes import RouteTable
from gateway.flows.publish_contract import Contract

# Each route has its own limit, judged in the data path.
_NO_BOUND = 2**63


def build_door(
    table: RouteTable, proxy: Proxy, contract: Contract, *, clock: Clock, tls: bool
) -> Door:
    """The whole HTTP face: the data path and the control plane behind one door."""
    edge = Edge(proxy, service="gateway", clock=clock, max_body=_NO_BOUND)
    return Door(table, proxied=edge, control=control_app(contract, clock), tls=tls)
