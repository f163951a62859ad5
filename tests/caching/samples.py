"""Short ways to write requests, responses and entries in tests."""

from caching import Cache, CacheSettings, Entry, Failure, Fetch, Headers, Request, ResponseHead
from caching.conditional import Precondition, evaluate
from caching.entry import Fill, make_entry
from caching.fields import parse_http_date
from caching.key import cache_key
from tests.caching.driver import Answer, Shelf

T0_MS = 1_700_000_000_000
"""When the tests begin: a whole second."""

SETTINGS = CacheSettings(node_name="edge-1", entry_overhead_bytes=0)


def fields(**values: str) -> Headers:
    """``cache_control="no-store"`` is ``Cache-Control: no-store``."""
    return Headers((name.replace("_", "-"), value) for name, value in values.items())


def request(target: str = "/a", method: str = "GET", /, **values: str) -> Request:
    return Request(method, "http", "cdn.test", target, fields(**values))


def head(status: int = 200, position: int | None = None, /, **values: str) -> ResponseHead:
    return ResponseHead(status, fields(**values), position)


def key_of(target: str) -> str:
    return cache_key("http", "cdn.test", target, SETTINGS.ignored_params)


def entry(
    target: str = "/a",
    serial: int = 1,
    size_bytes: int = 10,
    now_ms: int = T0_MS,
    settings: CacheSettings = SETTINGS,
    asking: Request | None = None,
    **values: str,
) -> Entry:
    """An entry as it is when its body is whole: fresh for a minute, unless the fields say otherwise."""
    values = {"cache_control": "max-age=60", "content_length": str(size_bytes)} | values
    fill = Fill(key_of(target), serial, position=0, asked_ms=now_ms)
    return make_entry(asking or request(target), head(200, **values), settings, fill, now_ms)


def cache(shelf: Shelf, settings: CacheSettings = SETTINGS) -> Cache:
    return Cache(settings, shelf.on_dropped)


class ScriptedOrigin:
    """Gives what ``pages`` has for a target, or 304 when the conditions allow; notes what it was asked."""

    def __init__(self, **pages: Answer | Failure) -> None:
        self.pages = {f"/{name}": answer for name, answer in pages.items()}
        self.asked: list[Fetch] = []

    def __call__(self, request: Request, fetch: Fetch, now_ms: int) -> Answer | Failure:
        self.asked.append(fetch)
        answer = self.pages[request.target]
        if isinstance(answer, Failure) or answer.head.status != 200:
            return answer
        known = answer.head.headers
        modified_ms = parse_http_date(known.get("last-modified") or "")
        if evaluate(fetch.headers, known.get("etag"), modified_ms) is Precondition.NOT_MODIFIED:
            return Answer(answer.head._replace(status=304))
        return answer


def page(size_bytes: int = 10, status: int = 200, position: int | None = None, /, **values: str) -> Answer:
    """A response with a body; fresh for ten seconds, unless the fields say otherwise."""
    values = {"cache_control": "max-age=10", "content_length": str(size_bytes)} | values
    return Answer(head(status, position, **values), size_bytes)
