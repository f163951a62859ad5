"""What a load test does: where, with how many viewers, for how long.

Handed from the command line to the Locust process as JSON in an environment variable.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from loadtest.session import PlayerSettings
from manifests.asset import ASSET_ID

ENVIRONMENT_VARIABLE = "HEADWATER_LOADTEST"


@dataclass(frozen=True, slots=True)
class LoadtestSettings:
    """One load test. Raises ``ValueError`` naming the field that makes no sense."""

    edges: tuple[str, ...]
    """Base URLs of the edges, such as ``http://127.0.0.1:8081``; each viewer has its own order of them."""
    assets: tuple[str, ...]
    """Asset ids, the most popular first."""
    users: int = 10
    """Viewers at the same time; each picks another asset when it has finished one."""
    spawn_rate: float = 10
    """Viewers started per second until there are ``users``."""
    seconds: int = 30
    """Length of the test."""
    seed: int = 1
    """Of all choices: the same seed makes the same viewers with the same wishes."""
    zipf_exponent: float = 0.8
    """How unequal the popularity of the assets is; 0: not at all."""
    mean_watch_ms: int | None = None
    """Mean of the time that a viewer stays; None: to the end of the asset."""
    timeout_ms: int = 10_000
    """How long an edge may take to connect or may be silent before a request counts as failed."""
    player: PlayerSettings = field(default_factory=PlayerSettings)

    def __post_init__(self) -> None:
        for edge in self.edges:
            _check_edge(edge)
        for asset in self.assets:
            if not ASSET_ID.fullmatch(asset):
                raise ValueError(f"load test asset {asset!r} can't be an asset's id")
        for name in ("edges", "assets"):
            if not getattr(self, name):
                raise ValueError(f"load test setting {name} is empty: at least one is needed")
        for name in ("users", "spawn_rate", "seconds", "timeout_ms"):
            if not getattr(self, name) > 0:
                raise ValueError(f"load test setting {name} is {getattr(self, name)}: it must be above 0")
        if self.mean_watch_ms is not None and self.mean_watch_ms <= 0:
            raise ValueError(f"load test setting mean_watch_ms is {self.mean_watch_ms}: it must be above 0")
        if not 0 <= self.zipf_exponent <= 10:
            raise ValueError(f"load test setting zipf_exponent is {self.zipf_exponent}: it must be 0 to 10")

    def to_json(self) -> str:
        """For ``from_json`` in another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "LoadtestSettings":
        """Raises ``ValueError`` for what ``to_json`` would not have written."""
        try:
            fields: dict[str, Any] = json.loads(text)
            fields |= {name: tuple(fields[name]) for name in ("edges", "assets")}
            return cls(**fields | {"player": PlayerSettings(**fields["player"])})
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"the load test settings can't be read: {error!r}") from error


def _check_edge(edge: str) -> None:
    try:
        parts = urlsplit(edge)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no port
        usable = False
    if not usable or parts.path not in ("", "/") or parts.query:
        raise ValueError(f"load test edge {edge!r} is no base URL: http://HOST:PORT is what it takes")
