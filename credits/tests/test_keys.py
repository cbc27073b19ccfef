import base64
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from credits.domain import keys
from credits.errors import BadKeyError, NoKeyError


@pytest.fixture
def without(settings, tmp_path):
    settings.CREDIT_KEYS = settings.CREDIT_INDEX_KEY = ""
    settings.DATA_DIR = tmp_path
    return settings


def test_on_a_laptop_the_keys_are_made_once_for_their_owner_only(without, tmp_path):
    with ThreadPoolExecutor(16) as threads:
        rings = list(threads.map(lambda _: keys.ring().sealing["laptop"], range(16)))
    assert len(set(rings)) == 1
    assert stat.S_IMODE((tmp_path / "credit_keys").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["credit_keys"]


@pytest.mark.parametrize("missing", ["CREDIT_KEYS", "CREDIT_INDEX_KEY"])
def test_in_production_a_missing_key_is_an_error_and_none_is_made(settings, tmp_path, missing):
    settings.IS_PRIVATE, settings.DATA_DIR = True, tmp_path
    setattr(settings, missing, "")
    with pytest.raises(NoKeyError, match="CREDIT_KEYS and CREDIT_INDEX_KEY"):
        keys.ring()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        ("nocolon", "id:base64"),
        ("a:not base64!", "not base64"),
        (f"a:{base64.b64encode(b'short').decode()}", "has 5 bytes"),
        ("a b:AAAA", "id:base64"),
    ],
)
def test_a_ring_that_cannot_be_read_says_where(settings, ring, words):
    settings.CREDIT_KEYS = ring
    with pytest.raises(BadKeyError, match=words):
        keys.ring()


def test_a_name_given_twice_is_refused(settings):
    settings.CREDIT_KEYS = f"a:{keys.new_key()},a:{keys.new_key()}"
    with pytest.raises(BadKeyError, match="twice"):
        keys.ring()


def test_a_key_that_seals_is_no_key_of_the_index(settings):
    settings.CREDIT_INDEX_KEY = settings.CREDIT_KEYS.partition(":")[2]
    with pytest.raises(BadKeyError, match="one of CREDIT_KEYS too"):
        keys.ring()
