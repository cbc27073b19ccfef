import pytest

from accounts.domain.addresses import normalize
from accounts.errors import DomainError


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Ada@Example.EDU", "ada@example.edu"),
        (" ada@example.edu, ", "ada@example.edu"),
        ("Ada Fictive <ada@example.edu>", "ada@example.edu"),
        ('"Fictive, Ada" <Ada@example.edu>;', "ada@example.edu"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_known_however_it_is_typed_or_pasted(typed, known):
    assert normalize(typed) == known


@pytest.mark.parametrize(
    "typed", ["", "ada", "ada@", "@example.edu", "ada fictive@example.edu", "ada@a..b", "ädä@b.example"]
)
def test_what_is_no_address_is_refused_in_words(typed):
    with pytest.raises(DomainError, match="is not an e-mail address"):
        normalize(typed)


def test_an_address_that_no_account_can_hold_is_refused():
    with pytest.raises(DomainError, match="is not an e-mail address"):
        normalize(f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example")
