"""What one origin is told: where it listens, where it keeps things, and how patient it is."""

from dataclasses import dataclass, field
from pathlib import Path

from origin.publish import PublishSettings

MIN_TOKEN_CHARS = 8


@dataclass(frozen=True, slots=True)
class OriginSettings:
    """Settings of one origin process. Raises ValueError naming the field that is out of range.

    folder: media, descriptions and the event log; created when absent, held by one origin at a time.
    token: the bearer token of the admin API and the bus.
    name: how it calls itself in logs and metrics.
    listen_port: 0 lets the system pick one.
    max_staleness_ms: how long an edge may serve without a word from here; it bounds how long a purge waits.
    max_upload_bytes: the largest source that the admin API takes.
    upload_idle_ms: how long it waits for the next piece of one.
    drain_ms: how long requests under way may take to end after SIGTERM.
    access_log: a file for JSON lines, one a request; None for none, `-` for standard error.
    publish: how sources are judged and encoded.
    """

    folder: Path
    token: str
    name: str = "origin"
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    max_staleness_ms: int = 2_000
    max_upload_bytes: int = 8 * 2**30
    upload_idle_ms: int = 30_000
    drain_ms: int = 10_000
    access_log: Path | None = None
    publish: PublishSettings = field(default_factory=PublishSettings)

    def __post_init__(self) -> None:
        if len(self.token) < MIN_TOKEN_CHARS or not self.token.isascii() or not self.token.isprintable():
            raise ValueError(f"token: at least {MIN_TOKEN_CHARS} printable ASCII characters")
        if " " in self.token:
            raise ValueError("token: a bearer token has no spaces")
        if not 0 <= self.listen_port <= 65_535:
            raise ValueError(f"listen_port: from 0 to 65535, not {self.listen_port}")
        if not 100 <= self.max_staleness_ms <= 3_600_000:
            raise ValueError(f"max_staleness_ms: from 100 to 3600000, not {self.max_staleness_ms}")
        for name in ("max_upload_bytes", "upload_idle_ms", "drain_ms"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1, not {getattr(self, name)}")
