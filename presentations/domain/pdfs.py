"""A PDF from outside: opened, searched for anything that acts by itself, and written anew without its metadata.

Streams are never inflated here, so that a small file cannot become a huge one.
"""

from io import BytesIO
from typing import Any

import pikepdf

from accounts.errors import RuleBroken

MAX_BYTES = 10 * 1024 * 1024
MAX_FORM = MAX_BYTES + 256 * 1024  # with what was typed beside it
DEEPEST = 60
KEPT_OUT = "Nothing was stored. Print the form to a new PDF and upload that."
ACTING_KEYS = {"/JS", "/JavaScript", "/AA", "/OpenAction", "/Launch", "/EmbeddedFiles", "/EmbeddedFile", "/EF", "/XFA"}
ACTING_TYPES = {
    "/JavaScript",
    "/Launch",
    "/SubmitForm",
    "/ImportData",
    "/GoToE",
    "/GoToR",
    "/Rendition",
    "/RichMedia",
    "/RichMediaExecute",
    "/FileAttachment",
    "/EmbeddedFile",
    "/Movie",
    "/Sound",
    "/Screen",
    "/3D",
}


def refuse_size(size: int) -> None:
    """Refuse a file by its size, before it is read. Raises RuleBroken."""
    if size > MAX_BYTES:
        raise RuleBroken(
            f"The file has {size / 1024 / 1024:.0f} MB; at most 10 MB are taken. It was not stored, what you typed is "
            "kept. Print the form to a smaller PDF, or fill in the form on this page."
        )


def cleaned(content: bytes) -> bytes:
    """The PDF written anew, without metadata. Raises RuleBroken for one that is broken, locked, or acts by itself."""
    refuse_size(len(content))
    if not content.startswith(b"%PDF-"):
        raise RuleBroken(f"This is no PDF, whatever its name says. {KEPT_OUT}")
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            _refuse_acting(pdf)
            return _without_metadata(pdf)
    except pikepdf.PasswordError:
        raise RuleBroken(f"This PDF is locked by a password. {KEPT_OUT}") from None
    except (pikepdf.PdfError, ValueError, RuntimeError, RecursionError):
        raise RuleBroken(f"This PDF is broken and cannot be opened. {KEPT_OUT}") from None


def _refuse_acting(pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:
        raise RuleBroken(f"This PDF is locked. {KEPT_OUT}")
    if len(pdf.pages) < 1:
        raise RuleBroken(f"This PDF has no page. {KEPT_OUT}")
    if any(_acts(obj, 0) for obj in [pdf.trailer, *pdf.objects]):
        raise RuleBroken(f"This PDF holds a script, an action or another file. {KEPT_OUT}")


def _acts(obj: Any, depth: int) -> bool:
    """Whether a dictionary, or one inside it, would do something by itself; references have a turn of their own."""
    if depth > DEEPEST:
        return True
    if isinstance(obj, (pikepdf.Dictionary, pikepdf.Stream)):
        entries = dict(obj.items()) if isinstance(obj, pikepdf.Dictionary) else dict(obj.stream_dict.items())
        named = {str(entries[key]) for key in ("/S", "/Subtype", "/Type") if isinstance(entries.get(key), pikepdf.Name)}
        if ACTING_KEYS & entries.keys() or ACTING_TYPES & named:
            return True
        inner = list(entries.values())
    elif isinstance(obj, pikepdf.Array):
        inner = list(obj)
    else:
        return False
    return any(_acts(one, depth + 1) for one in inner if _is_direct(one))


def _is_direct(obj: Any) -> bool:
    return isinstance(obj, pikepdf.Object) and not obj.is_indirect


def _without_metadata(pdf: pikepdf.Pdf) -> bytes:
    for holder in [pdf.Root, *(page.obj for page in pdf.pages)]:
        for key in ("/Metadata", "/PieceInfo"):
            if key in holder:
                del holder[key]
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    out = BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()
