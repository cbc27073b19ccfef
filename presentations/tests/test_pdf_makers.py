"""What says who made a PDF is taken away wherever it hangs; a link that is a program is refused."""

import io

import pikepdf
import pytest

from accounts.errors import DomainError
from presentations.domain import uploads

AUTHOR = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>Ada Fictive</creator></x:xmpmeta>"


def a_page(change) -> bytes:
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    change(made)
    made.save(out)
    return out.getvalue()


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
