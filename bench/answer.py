"""``python -m bench.answer ours|theirs FILE POLICY CAPACITY``: one answer by a process of its own.

The bench times the whole process, imports included.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(side: str, path: str, policy: str, capacity_bytes: str) -> None:
    """Print both miss ratios as JSON. Each side imports only what it needs."""
    if side == "ours":
        from bench.ours import answer  # noqa: PLC0415
    else:
        from bench.peer import answer  # noqa: PLC0415
    miss_ratio, byte_miss_ratio, _ = answer(Path(path), policy, int(capacity_bytes))
    json.dump([miss_ratio, byte_miss_ratio], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
