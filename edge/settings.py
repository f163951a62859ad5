"""Settings of an edge node: one frozen, validated object (defaults < file < environment < flags)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from caching import CacheSettings
from caching.admission import ADMISSIONS, admission_options
from caching.policies import policy_options
from caching.settings import MIB
from hashing import MAX_WEIGHT

AUTHORITY = r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?"
"""What may stand in a Host field, and between ``http://`` and the path."""

KIB = 1024
GIB = 1024 * MIB

DISK_ADMISSIONS = (*sorted(name for name in ADMISSIONS if not any(admission_options(name).values())), "all")
"""The rules for the disk: those that need no options, and none at all."""

_BASE_URL = re.compile(rf"(?i:https?)://{AUTHORITY}(?:/[^?#\s]*)?")
_MAX_PORT = 65_535
_DAY_MS = 24 * 3600 * 1000
_RANGES = (
    ("listen_port", 0, _MAX_PORT),
    ("workers", 1, 256),
    ("worker_port", 0, _MAX_PORT),
    ("weight", 1, MAX_WEIGHT),
    ("linger_ms", 1, _DAY_MS),
    ("drain_ms", 1, _DAY_MS),
    ("prepared_objects", 1, 10**9),
)


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """How large the head of a message may be, of a request or of an answer. Raises ValueError."""

    max_line_bytes: int = 8_192
    """The first line, and with it the target; a longer one is answered with 414."""
    max_head_bytes: int = 65_536
    """The first line and all fields; more are answered with 431."""
    max_fields: int = 128
    """Field lines."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be greater than 0, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How many clients there may be, how long they are waited for, and how much is taken from them.

    Raises ValueError.
    """

    connections: int = 16_384
    """At once. For one more those that are idle are closed; when none is, it is answered with 503. 0 for as
    many as the process may have open files."""
    connections_per_client: int = 0
    """From one address; one more is answered with 503. 0 for any number: many people may share one."""

    keepalive_timeout_ms: int = 75_000
    """How long a connection is kept on which no request is under way; then it is closed."""
    head_timeout_ms: int = 60_000
    """From the first byte of a request's head to the last; then the answer is 408."""
    stall_timeout_ms: int = 30_000
    """How long a client may take nothing of what it is sent, or send nothing of a body that it has begun; and
    the time over which the rates below are measured."""
    min_send_bytes_per_s: int = 2_048
    """What a client must take while something waits for it, or it is cut off; 0 for anything at all."""
    notsent_lowat_bytes: int = 128 * KIB
    """What the kernel takes of what is sent to one client, beyond what is on its way; 0 for as much as it
    likes, which is megabytes: with slow readers, soon all of its memory for TCP, and then all are slow."""
    min_receive_bytes_per_s: int = 2_048
    """What a client must send of a request's body, or the answer is 408; 0 for anything at all."""
    max_request_body_bytes: int = 100 * MIB
    """A longer body of a request is answered with 413; 0 for no limit. It is passed on as it comes, and takes
    no memory by its length."""

    def __post_init__(self) -> None:
        for name in ("keepalive_timeout_ms", "head_timeout_ms", "stall_timeout_ms"):
            if not 0 < getattr(self, name) <= _DAY_MS:
                raise ValueError(f"{name}: from 1 to {_DAY_MS}, not {getattr(self, name)}")
        for name in (
            "connections",
            "connections_per_client",
            "min_send_bytes_per_s",
            "notsent_lowat_bytes",
            "min_receive_bytes_per_s",
            "max_request_body_bytes",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: must not be negative, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """How long upstream may take. All in milliseconds."""

    connect_timeout_ms: int = 2_000
    """To connect to the origin or a peer."""
    head_timeout_ms: int = 15_000
    """From the request, or the last piece of its body, to the response's head, from the origin."""
    peer_head_timeout_ms: int = 5_000
    """The same from a peer; after it the origin is asked."""
    read_timeout_ms: int = 30_000
    """Between two pieces of a body."""
    peer_retry_ms: int = 2_000
    """How long a peer that failed is passed over."""
    connections: int = 1024
    """Connections to one upstream at once; with fewer than ``max_fills`` of the cache, fills wait for one."""
    idle_ms: int = 4_000
    """How long one without a request is kept: many origins close it after 5 s, and an upload that meets its
    end cannot be sent again."""
    continue_timeout_ms: int = 1_000
    """How long an upload whose client expects a 100 waits for upstream's; then it goes on without."""
    max_interim: int = 16
    """Interim responses (1xx) before a final one; with more it is no answer."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be greater than 0, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class DiskSettings:
    """Bodies on disk, below those in memory. Raises ValueError naming the field that is out of range."""

    folder: Path | None = None
    """Where they are kept, for this node alone; None for memory only."""
    capacity_bytes: int = 10 * GIB
    """Files and their overhead kept at once."""
    policy: str = "lru"
    """The eviction policy of the disk, by the name of its paper."""
    admission: str = "second"
    """The rule by which a body comes to be written, by the name of its paper; ``all`` for every one."""
    scrub_bytes_per_s: int = 8 * MIB
    """How fast what lies there is read again, to find what has gone bad before it is asked for; 0: never."""
    queue_bytes: int = 64 * MIB
    """Bodies that may wait to be written at once; one that would be more is not written."""
    mappings: int = 16_384
    """Bodies mapped at once, at most; half of what the system allows a process, if that is less."""
    readers: int = 4
    """Threads that open, map and verify."""

    def __post_init__(self) -> None:
        for name in ("capacity_bytes", "queue_bytes", "mappings", "readers"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be greater than 0, not {getattr(self, name)}")
        if self.scrub_bytes_per_s < 0:
            raise ValueError(f"scrub_bytes_per_s: must not be negative, not {self.scrub_bytes_per_s}")
        policy_options(self.policy)
        if self.admission not in DISK_ADMISSIONS:
            rules = ", ".join(DISK_ADMISSIONS)
            raise ValueError(f"admission: {self.admission!r} is not one of {rules}")


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """TLS for clients, on a listener of its own. Raises ValueError naming what is absent or out of range."""

    listen_host: str = "127.0.0.1"
    listen_port: int | None = None
    """0 lets the system pick one; None for no TLS."""
    certificate: Path | None = None
    """The certificate in PEM, and after it those that lead to its root."""
    key: Path | None = None
    """Its key in PEM, without a passphrase."""
    handshake_timeout_ms: int = 10_000
    """How long a client may take for its handshake."""
    fds: tuple[int, ...] = ()
    """Sockets that listen already, shared with other processes; they take the place of a port."""

    def __post_init__(self) -> None:
        listens = bool(self.fds) or self.listen_port is not None
        if listens or self.certificate is not None or self.key is not None:
            for name, given in (
                ("certificate", self.certificate),
                ("key", self.key),
                ("listen_port", listens),
            ):
                if given is None or given is False:
                    raise ValueError(
                        f"tls: a certificate, its key and a listener belong together; {name} is absent"
                    )
        if self.handshake_timeout_ms <= 0:
            raise ValueError(f"handshake_timeout_ms: must be greater than 0, not {self.handshake_timeout_ms}")
        if self.listen_port is not None and not 0 <= self.listen_port <= _MAX_PORT:
            raise ValueError(f"listen_port: from 0 to {_MAX_PORT}, not {self.listen_port}")

    @property
    def on(self) -> bool:
        """Whether TLS is spoken at all."""
        return self.certificate is not None


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """One edge node. Raises ValueError naming the field that is out of range."""

    origin_url: str
    """Base URL of the origin: ``http://HOST:PORT``."""
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    """0 lets the system pick one."""
    advertise_host: str | None = None
    """The host in the node's own URL, by which peers reach it; None for ``listen_host``."""
    shares_port: bool = False
    """Whether others of this user may have the node's port, such as one that keeps it for the node."""
    public_fds: tuple[int, ...] = ()
    """Sockets that listen already, shared with other processes: clients come in by them, too."""
    workers: int = 1
    """Processes, each a node of its own, behind the address that is listened on."""
    worker_port: int = 0
    """The first worker's own port, the others follow; 0 lets the system pick them."""
    weight: int = 1
    """The node's share of the ring."""
    bus_url: str | None = None
    """``http://HOST:PORT/bus`` of the origin; None for a node that hears of no purges."""
    token: str = ""
    """The bearer token that the bus asks for. By it nodes also prove to peers that they are some."""
    peers: tuple[tuple[str, str], ...] = ()
    """Names and base URLs of peers that are known beforehand; the bus tells of the others."""
    preserve_host: bool = False
    """Keep the client's Host in key and upstream request; otherwise every Host means the origin's site."""
    access_log: Path | None = None
    """Where JSON lines go, one a request; None for none, ``-`` for standard error."""
    linger_ms: int = 500
    """How long idle connections are kept after SIGTERM, for a request that may be on its way."""
    drain_ms: int = 10_000
    """How long requests under way may take to end after that; then they are cut off."""
    hot_path: bool = True
    """Read plain requests without aiohttp, and answer fresh objects in memory with prepared bytes."""
    prepared_objects: int = 16_384
    """Answers that lie ready at once, beside the cache; an object has one for each way it is asked for."""
    cache: CacheSettings = field(default_factory=CacheSettings)
    disk: DiskSettings = field(default_factory=DiskSettings)
    clients: ClientLimits = field(default_factory=ClientLimits)
    heads: HeadLimits = field(default_factory=HeadLimits)
    tls: TlsSettings = field(default_factory=TlsSettings)
    upstream: UpstreamSettings = field(default_factory=UpstreamSettings)

    def __post_init__(self) -> None:
        _check_base_url("origin_url", self.origin_url)
        if self.bus_url is not None:
            _check_base_url("bus_url", self.bus_url)
        for number, (peer, url) in enumerate(self.peers):
            _check_base_url(f"peers: {peer}", url)
            if peer in dict(self.peers[:number]):
                raise ValueError(f"peers: {peer} is named twice")
        for name, least, most in _RANGES:
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: from {least} to {most}, not {getattr(self, name)}")
        if self.worker_port + self.workers - 1 > _MAX_PORT:
            raise ValueError(f"worker_port: with {self.workers} workers up to {_MAX_PORT - self.workers + 1}")

    @property
    def name(self) -> str:
        """Names the node in the ring, in Cache-Status and in CDN-Loop; unique in its tier."""
        return self.cache.node_name

    @property
    def origin_site(self) -> tuple[str, str]:
        """Scheme and authority of the origin."""
        parts = urlsplit(self.origin_url)
        return parts.scheme, parts.netloc


def _check_base_url(name: str, url: str) -> None:
    found = _BASE_URL.fullmatch(url)
    if found is None or int(found["port"] or 0) > _MAX_PORT:
        raise ValueError(
            f"{name}: an http:// or https:// URL, not {url!r} (a host, with no user, query or fragment)"
        )
