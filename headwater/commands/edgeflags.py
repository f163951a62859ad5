"""What the flags of ``headwater edge`` set, by the names of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headwater.config import parse_bytes, parse_listen, parse_pair


def edge_flags(given: Mapping[str, Any]) -> dict[str, Any]:
    """Nested like EdgeSettings, from the flags by their names; None means not given. Raises ConfigError."""
    peers = given["peer"]
    return {
        "origin_url": given["origin"],
        "bus_url": given["bus"],
        "token": given["token"] or None,
        "peers": [parse_pair(pair) for pair in peers] if peers else None,
        "preserve_host": given["preserve_host"],
        "hot_path": False if given["no_hot_path"] else None,
        "access_log": given["access_log"],
        "advertise_host": given["advertise"],
        "workers": given["workers"],
        "worker_port": given["worker_port"],
        "cache": _cache(given),
        "disk": {
            "folder": given["disk"],
            "capacity_bytes": _bytes(given["disk_capacity"]),
            "policy": given["disk_policy"],
            "admission": given["disk_admission"],
        },
        "clients": {
            "connections": given["connections"],
            "keepalive_timeout_ms": _ms(given["keepalive_timeout"]),
            "max_request_body_bytes": _bytes(given["max_request_body"]),
            "min_send_bytes_per_s": _bytes(given["min_send_rate"]),
        },
        "tls": {
            "certificate": given["certificate"],
            "key": given["key"],
            **listen_flags(given["tls_listen"]),
        },
        **listen_flags(given["listen"]),
    }


def _cache(given: Mapping[str, Any]) -> dict[str, Any]:
    from caching.key import DEFAULT_IGNORED_PARAMS

    ignored = given["ignore_param"]
    return {
        "node_name": given["name"],
        "capacity_bytes": _bytes(given["capacity"]),
        "policy": given["policy"],
        "max_fills": given["max_fills"],
        "ignored_params": sorted(DEFAULT_IGNORED_PARAMS.union(ignored)) if ignored else None,
        "slice_bytes": _bytes(given["slices"]),
        "honour_request_directives": False if given["ignore_request_directives"] else None,
    }


def listen_flags(listen: str | None) -> dict[str, Any]:
    """Host and port, if an address was given. Raises ConfigError."""
    if listen is None:
        return {}
    host, port = parse_listen(listen)
    return {"listen_host": host, "listen_port": port}


def _bytes(text: str | None) -> int | None:
    return None if text is None else parse_bytes(text)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
