"""A PDF from outside harms only the process that opens it; what says who made it is removed."""

import io
import resource
import zlib

import pikepdf
import pytest

from accounts.errors import DomainError
from presentations.domain import pdf_opening, uploads

AUTHOR = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>Ada Fictive</creator></x:xmpmeta>"


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


def text_of(content: bytes) -> bytes:
    """Everything that a PDF holds, unpacked."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as made:
        plain = {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.generalized}
        made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, **plain)
    return out.getvalue()


def on_a_picture(made) -> None:
    picture = made.make_stream(b"\x00" * 3, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1, Height=1)
    picture["/Metadata"] = made.make_stream(AUTHOR, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
    made.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Picture=picture))


def on_a_remark(made) -> None:
    remark = pikepdf.Dictionary(Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], T="Ada Fictive", Contents="Louder")
    made.pages[0].obj.Annots = pikepdf.Array([remark, made.make_indirect(pikepdf.Dictionary(remark))])


def on_an_inner_dictionary(made) -> None:
    made.Root.Pages.Inner = pikepdf.Dictionary(PieceInfo=pikepdf.Dictionary(Maker="Ada Fictive"))


@pytest.mark.parametrize("change", [on_a_picture, on_a_remark, on_an_inner_dictionary])
def test_nothing_says_who_made_it(change):
    content = a_page(change)
    assert b"Ada Fictive" in text_of(content)
    assert b"Ada Fictive" not in text_of(uploads.cleaned_pdf(content))


def test_what_a_remark_says_and_what_a_field_is_called_stay():
    def both(made) -> None:
        on_a_remark(made)
        field = pikepdf.Dictionary(Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, Rect=[0, 0, 9, 9], T="score")
        field = made.make_indirect(field)
        made.pages[0].obj.Annots.append(field)
        made.Root.AcroForm = pikepdf.Dictionary(Fields=[field])

    kept = text_of(uploads.cleaned_pdf(a_page(both)))
    assert b"Louder" in kept and b"score" in kept


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [("https://example.edu", True), ("javascript:app.alert(1)", False), (" Java\nScript:app.alert(1)", False)],
)
def test_a_link_that_is_a_program_is_refused(address: str, is_taken: bool):
    def linked(made) -> None:
        act = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String(address))
        link = pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=act)
        made.pages[0].obj.Annots = pikepdf.Array([link])

    content = a_page(linked)
    if is_taken:
        assert uploads.cleaned_pdf(content).startswith(b"%PDF-")
    else:
        with pytest.raises(DomainError, match="Nothing was stored"):
            uploads.cleaned_pdf(content)
