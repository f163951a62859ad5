"""What a certificate and its key must be, and what is said of those that are not."""

import logging
import shutil
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.certificate import Certificate, CertificateError
from edge.clock import wall_clock_ms
from tests.edge.secure import FOLDER, ONE, ONE_KEY, TWO, TWO_KEY


def at_ms(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000


def test_a_good_pair_is_taken_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    certificate = Certificate(ONE, ONE_KEY, wall_clock_ms)
    assert at_ms(2126) < certificate.expires_ms < at_ms(2127)
    assert certificate.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert not caplog.records


@pytest.mark.parametrize(
    ("year", "said"), [(2000, "is not valid before 2026-"), (2127, "has expired: 2126-")]
)
def test_one_that_is_not_valid_now_is_taken_with_a_warning(
    year: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    Certificate(ONE, ONE_KEY, lambda: at_ms(year))
    assert said in caplog.text


@pytest.mark.parametrize(
    ("chain", "key", "said"),
    [
        ("absent.pem", "one.key", r"certificate .*absent.pem: cannot be read \(No such file or directory\)"),
        ("one.pem", "absent.key", r"key .*absent.key: cannot be read \(No such file or directory\)"),
        ("one.pem", "", r"key .*: cannot be read \(Is a directory\)"),
        (
            "one.key",
            "one.key",
            r"certificate .*one.key: must be PEM, with a line -----BEGIN CERTIFICATE-----",
        ),
        ("one.pem", "one.pem", r"key .*one.pem: must be PEM, with a line -----BEGIN PRIVATE KEY-----"),
        (
            "one.pem",
            "encrypted.key",
            r"key .*encrypted.key: is encrypted; a key without a passphrase is needed",
        ),
        ("one.pem", "two.key", r"certificate .*one.pem and key .*two.key do not belong together"),
        ("one.pem", "rsa.key", r"certificate .*one.pem and key .*rsa.key do not belong together"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_names_it(chain: str, key: str, said: str) -> None:
    with pytest.raises(CertificateError, match=f"^{said}$"):
        Certificate(FOLDER / chain, FOLDER / key, wall_clock_ms)


@pytest.mark.parametrize("cut", [200, 400])
def test_a_damaged_one_is_said_to_be_damaged(cut: int, tmp_path: Path) -> None:
    lines = ONE.read_text().splitlines()
    lines[cut // 64 : -1] = []
    (tmp_path / "cut.pem").write_text("\n".join(lines))
    with pytest.raises(CertificateError, match=r"cut.pem.*(is damaged|cannot be used)"):
        Certificate(tmp_path / "cut.pem", ONE_KEY, wall_clock_ms)


def test_a_damaged_key_is_told_from_the_certificate(tmp_path: Path) -> None:
    (tmp_path / "cut.key").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(CertificateError, match=r"cut.key: cannot be used"):
        Certificate(ONE, tmp_path / "cut.key", wall_clock_ms)


def test_renewed_files_are_taken_and_bad_ones_are_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    chain, key = shutil.copy(ONE, tmp_path / "a.pem"), shutil.copy(ONE_KEY, tmp_path / "a.key")
    certificate = Certificate(chain, key, wall_clock_ms)
    first = certificate.context
    shutil.copy(TWO, chain)
    assert not certificate.reload() and certificate.context is first
    assert "the certificate stays as it was: certificate" in caplog.text
    shutil.copy(TWO_KEY, key)
    assert certificate.reload() and certificate.context is not first
    assert "the certificate was loaded anew, and is good until 2126-" in caplog.text
