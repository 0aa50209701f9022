"""Free TCP ports of this machine."""

import socket


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now. Another program may take it before its use: rare, retried."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
