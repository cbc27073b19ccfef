"""A PDF that would take all memory, disk or time takes those of one short process only."""

import io
import resource
import zlib

import pikepdf
import pytest

from accounts.errors import DomainError
from presentations.domain import pdf_opening, uploads


def a_page(change=lambda made: None) -> bytes:
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    change(made)
    made.save(out)
    return out.getvalue()


def with_inflated_objects(megabytes: int) -> bytes:
    """A PDF of few bytes whose page stands in an object stream that inflates, twice, to this many megabytes."""
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R>>"]
    head = " ".join(f"{n} {sum(len(p) + 1 for p in parts[: n - 1])}" for n in (1, 2, 3)).encode() + b" "
    packer = zlib.compressobj(9)
    stream = packer.compress(head + b" ".join(parts)) + b"".join(
        packer.compress(b" " * 2**20) for _ in range(megabytes)
    )
    stream = zlib.compress(stream + packer.flush(), 9)
    made = b"%PDF-1.5\n"
    holder = f"4 0 obj\n<</Type/ObjStm/N 3/First {len(head)}/Filter[/FlateDecode/FlateDecode]/Length {len(stream)}>>"
    table = len(made) + len(holder) + len(b"\nstream\n") + len(stream) + len(b"\nendstream\nendobj\n")
    places = [(0, 0, 65535), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, len(made), 0), (1, table, 0)]
    rows = b"".join(bytes([kind]) + at.to_bytes(4) + n.to_bytes(2) for kind, at, n in places)
    xref = f"5 0 obj\n<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length {len(rows)}>>"
    for words, body in ((holder, stream), (xref, rows)):
        made += words.encode() + b"\nstream\n" + body + b"\nendstream\nendobj\n"
    return made + f"startxref\n{table}\n%%EOF\n".encode()


def test_a_file_that_is_huge_inside_harms_only_the_process_that_opens_it():
    assert uploads.cleaned_pdf(with_inflated_objects(1)).startswith(b"%PDF-"), (
        "the way it is made is not what is refused"
    )
    bomb = with_inflated_objects(800)
    assert len(bomb) < 10_000
    before, of_others = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    with pytest.raises(DomainError, match=r"far larger inside than outside.*Nothing was stored"):
        uploads.cleaned_pdf(bomb)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert largest <= max(of_others, pdf_opening.MEMORY // 1024), "kilobytes"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024, "kilobytes"


def test_a_page_named_many_times_is_refused():
    def again(made) -> None:
        made.Root.Pages.Kids = pikepdf.Array([made.pages[0].obj] * 20_000)
        made.Root.Pages.Count = 20_000

    with pytest.raises(DomainError, match="more than 300 pages"):
        uploads.cleaned_pdf(a_page(again))


def test_a_file_that_keeps_its_process_busy_is_given_up(monkeypatch):
    monkeypatch.setattr(uploads, "PATIENCE", 0.01)
    with pytest.raises(DomainError, match="Nothing was stored"):
        uploads.cleaned_pdf(a_page())
