"""At most one publication for each name."""

import pytest

from origin.publications import Publications, Stage
from origin.refusals import Refusal, RefusedError


def test_a_name_is_held_until_its_publication_ends() -> None:
    publications = Publications()
    with publications.begin("a") as publication:
        assert (publication.stage, publication.progress) == (Stage.RECEIVING, 0.0)
        publication.encoded(0.5)
        found = publications.find("a")
        assert found is not None
        assert (found.stage, found.progress) == (Stage.ENCODING, 0.5)
        with pytest.raises(RefusedError) as refused, publications.begin("a"):
            pass
        assert refused.value.refusal is Refusal.PUBLICATION_UNDER_WAY
        with publications.begin("b"):
            pass
    assert publications.find("a") is None
    publications.require_idle("a")


def test_a_failed_publication_lets_go_of_its_name() -> None:
    publications = Publications()
    with pytest.raises(KeyError), publications.begin("a"):
        raise KeyError
    assert publications.find("a") is None
