import base64
import stat
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from credits import errors
from credits.domain import vault
from credits.domain.vault import Secret
from credits.errors import BadKeyError, NoKeyError

PLACE = "code:1"


@pytest.fixture
def envelope() -> str:
    return vault.seal(Secret("FAKE-CODE-001"), PLACE)


def test_what_was_sealed_for_a_place_opens_there(envelope):
    assert vault.unseal(envelope, PLACE).show() == "FAKE-CODE-001"
    assert envelope.startswith("v1.first.")


def test_the_same_code_is_sealed_otherwise_each_time(envelope):
    assert vault.seal(Secret("FAKE-CODE-001"), PLACE) != envelope


def test_an_envelope_holds_a_nonce_the_text_and_a_tag(envelope):
    content = base64.urlsafe_b64decode(envelope.rpartition(".")[2])
    assert len(content) == 12 + len("FAKE-CODE-001") + 16


def test_moved_to_another_row_it_does_not_open(envelope):
    code, pool = uuid.uuid4(), 7
    assert vault.place_of(code, pool) != vault.place_of(code, 8) != vault.place_of(uuid.uuid4(), 8)
    with pytest.raises(errors.TamperedError):
        vault.unseal(envelope, "code:2")


@pytest.mark.parametrize("at", range(0, 41, 5))
def test_one_flipped_bit_anywhere_is_found(envelope, at):
    head, _, encoded = envelope.rpartition(".")
    content = bytearray(base64.urlsafe_b64decode(encoded))
    content[at] ^= 1
    with pytest.raises(errors.TamperedError):
        vault.unseal(f"{head}.{base64.urlsafe_b64encode(content).decode()}", PLACE)


def test_every_way_of_cutting_it_off_is_an_error_of_the_vault(envelope):
    for length in range(len(envelope)):
        with pytest.raises(errors.VaultError):
            vault.unseal(envelope[:length], PLACE)


@pytest.mark.parametrize(
    "text", ["", "FAKE-CODE-001", "v1.first", "v1.first.", "v2.first.AAAA", "v1..AAAA", "v1.first.é"]
)
def test_what_is_no_envelope_is_said_so(text):
    with pytest.raises(errors.NotAnEnvelopeError):
        vault.unseal(text, PLACE)


def test_an_unknown_key_a_wrong_key_and_no_key_are_told_apart(envelope, settings):
    settings.CREDIT_KEYS = f"second:{vault.new_key()}"
    with pytest.raises(errors.UnknownKeyError):
        vault.unseal(envelope, PLACE)
    settings.CREDIT_KEYS = f"first:{vault.new_key()}"
    with pytest.raises(errors.TamperedError):
        vault.unseal(envelope, PLACE)
    settings.CREDIT_KEYS, settings.IS_PRIVATE = "", True
    with pytest.raises(errors.NoKeyError):
        vault.unseal(envelope, PLACE)


def test_the_first_key_writes_and_all_read(envelope, settings):
    settings.CREDIT_KEYS = f"second:{vault.new_key()},{settings.CREDIT_KEYS}"
    assert vault.key_of(vault.seal(Secret("x"), PLACE)) == "second"
    assert vault.unseal(envelope, PLACE).show() == "FAKE-CODE-001"


@pytest.mark.parametrize("other", ["fake-code-001", " FAKE CODE 001", "ＦＡＫＥ－CODE－００１", "FAKE—CODE\u200b-001"])
def test_space_dash_case_and_width_do_not_matter_to_a_fingerprint(other):
    assert vault.fingerprint(Secret(other)) == vault.fingerprint(Secret("FAKE-CODE-001"))


def test_a_fingerprint_needs_the_key(settings):
    mine = vault.fingerprint(Secret("FAKE-CODE-001"))
    settings.CREDIT_INDEX_KEY = vault.new_key()
    assert vault.fingerprint(Secret("FAKE-CODE-001")) != mine
    assert vault.fingerprint(Secret("FAKE-CODE-002")) != vault.fingerprint(Secret("FAKE-CODE-001"))


def test_a_secret_and_a_ring_show_nothing_where_they_are_printed():
    secret, ring = Secret("FAKE-CODE-001"), vault.ring()
    assert "FAKE" not in f"{secret!r} {secret}"
    assert repr(ring) == "KeyRing(first)"


# --- The keys --------------------------------------------------------------------------------------
@pytest.fixture
def without(settings, tmp_path):
    settings.CREDIT_KEYS = settings.CREDIT_INDEX_KEY = ""
    settings.DATA_DIR = tmp_path
    return settings


def test_on_a_laptop_the_keys_are_made_once_for_their_owner_only(without, tmp_path):
    with ThreadPoolExecutor(16) as threads:
        rings = list(threads.map(lambda _: vault.ring().sealing["laptop"], range(16)))
    assert len(set(rings)) == 1
    assert stat.S_IMODE((tmp_path / "credit_keys").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["credit_keys"]


@pytest.mark.parametrize("missing", ["CREDIT_KEYS", "CREDIT_INDEX_KEY"])
def test_in_production_a_missing_key_is_an_error_and_none_is_made(settings, tmp_path, missing):
    settings.IS_PRIVATE, settings.DATA_DIR = True, tmp_path
    setattr(settings, missing, "")
    with pytest.raises(NoKeyError, match="CREDIT_KEYS and CREDIT_INDEX_KEY"):
        vault.ring()
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
        vault.ring()


def test_a_name_given_twice_is_refused(settings):
    settings.CREDIT_KEYS = f"a:{vault.new_key()},a:{vault.new_key()}"
    with pytest.raises(BadKeyError, match="twice"):
        vault.ring()


def test_a_key_that_seals_is_no_key_of_the_index(settings):
    settings.CREDIT_INDEX_KEY = settings.CREDIT_KEYS.partition(":")[2]
    with pytest.raises(BadKeyError, match="one of CREDIT_KEYS too"):
        vault.ring()
