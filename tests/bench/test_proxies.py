from pathlib import Path

import pytest

from bench.processes import AbsentError, ProgramError
from bench.proxies import PROXIES


@pytest.mark.parametrize(("name", "package"), [("nginx", "nginx-light"), ("varnish", "varnish")])
async def test_a_peer_that_is_not_installed_says_how_to_get_it(
    name: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(AbsentError, match=rf"not installed \(apt-get install {package}\)"):
        async with PROXIES[name]("http://127.0.0.1:9", tmp_path):
            pass


async def test_an_edge_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="origin"):
        async with PROXIES["headwater"]("no url", tmp_path):
            pass
