from itertools import pairwise
from pathlib import Path

import pytest

from bench.edge.servers import (
    PEERS,
    SERVERS,
    Certificate,
    Site,
    nginx_configuration,
    varnish_arguments,
)
from bench.processes import AbsentError


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site("http://127.0.0.1:8000", tmp_path, 1024**3, None, None)


def directives(text: str) -> list[str]:
    return [line for line in (one.partition("#")[0].strip() for one in text.splitlines()) if line]


def test_nginx_without_a_certificate_speaks_no_tls(site: Site) -> None:
    told = directives(nginx_configuration(site, 8081, 8443))
    assert "listen 127.0.0.1:8081 backlog=4096;" in told and "server 127.0.0.1:8000;" in told
    assert any(line.startswith(f"proxy_cache_path {site.folder}/cache") for line in told)
    assert any("max_size=1073741824" in line for line in told)
    assert not any("ssl" in line or "@" in line for line in told)


def test_nginx_with_a_certificate_listens_twice(site: Site) -> None:
    certificate = Certificate(Path("/c/chain.pem"), Path("/c/key.pem"))
    told = directives(nginx_configuration(site._replace(certificate=certificate), 8081, 8443))
    assert "listen 127.0.0.1:8443 ssl backlog=4096;" in told and "listen 127.0.0.1:8081 backlog=4096;" in told
    assert "ssl_certificate /c/chain.pem;" in told and "ssl_certificate_key /c/key.pem;" in told


def test_braces_of_nginx_are_balanced(site: Site) -> None:
    told = "".join(directives(nginx_configuration(site, 8081, 8443)))
    assert told.count("{") == told.count("}") == 5


def test_varnish_is_told_where_and_how_much(site: Site) -> None:
    arguments = varnish_arguments(site, 8081, Path("/x/my vcl"), Path("/dev/shm/w"))
    pairs = list(pairwise(arguments))
    assert arguments[0] == "-F"
    for pair in (("-a", "127.0.0.1:8081"), ("-n", "/dev/shm/w"), ("-s", "malloc,1073741824")):
        assert pair in pairs
    assert ("-p", "thread_pools=1") in pairs


def test_each_setting_of_the_peers_is_explained() -> None:
    for name in ("nginx.conf", "nginx-tls.conf", "varnish.args", "varnish.vcl"):
        assert (PEERS / name).read_text().lstrip().startswith("#"), name


@pytest.mark.parametrize(("name", "package"), [("nginx", "nginx-light"), ("varnish", "varnish")])
async def test_a_peer_that_is_not_installed_says_how_to_get_it(
    name: str, package: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(AbsentError, match=rf"not installed \(apt-get install {package}\)"):
        async with SERVERS[name](site):
            pass
