"""Stands in for wrk where that is not installed: asks one after another, and prints what wrk would."""

from __future__ import annotations

import re
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

SECONDS = 0.2


def main(arguments: list[str]) -> None:
    """As ``bench.edge.load.wrk_command`` calls wrk."""
    url, script = urlsplit(arguments[-1]), Path(arguments[arguments.index("-s") + 1]).read_text()
    new_paths = re.search(r'wrk.format\(nil, "(.*)" \.\. number\)', script)
    headers = dict([arguments[arguments.index("-H") + 1].split(": ")]) if "-H" in arguments else {}
    connection = HTTPConnection(str(url.hostname), url.port)
    requests = refused = size_bytes = 0
    began_s = time.monotonic()
    while time.monotonic() < began_s + SECONDS:
        requests += 1
        connection.request("GET", f"{new_paths[1]}{requests}" if new_paths else url.path, headers=headers)
        response = connection.getresponse()
        size_bytes += 200 + len(response.read())
        refused += response.status >= 400
    us = (time.monotonic() - began_s) * 1e6
    figures = f"requests={requests} us={us:.0f} bytes={size_bytes} p99_us=1000 refused={refused} broken=0"
    sys.stdout.write(f"figures {figures}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
