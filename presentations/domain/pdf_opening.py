"""A program of its own: a PDF comes in, the same PDF without metadata goes out, or the exit code says why not.

It knows nothing of the portal, and what it may take of memory and time is limited before the file is opened: object
streams are inflated by merely opening a file, so that a small one could become huge.
"""

import resource
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any

import pikepdf

MEMORY = 256 * 1024 * 1024  # bytes of address space, Python and the library included
SECONDS = 2  # of the processor
DEEPEST = 60
MOST_PAGES = 300
MOST_BYTES = 11 * 1024 * 1024  # that come out
MAKERS = ("/Metadata", "/PieceInfo")
BROKEN, LOCKED, NO_PAGE, ACTS, TOO_MUCH = 10, 11, 12, 13, 14
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


def main() -> int:
    """Read, look, write; the exit code."""
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # a system that knows no such limit, or holds a lower one already
            resource.setrlimit(what, (most, most))
    try:
        with pikepdf.open(BytesIO(sys.stdin.buffer.read())) as pdf:
            _forget_first_view(pdf)
            why = _why_not(pdf)
            clean = b"" if why else _without_metadata(pdf)
    except pikepdf.PasswordError:
        return LOCKED
    except MemoryError:
        return TOO_MUCH
    except (pikepdf.PdfError, ValueError, RuntimeError, RecursionError):
        return BROKEN
    if why or len(clean) > MOST_BYTES:
        return why or TOO_MUCH
    sys.stdout.buffer.write(clean)
    return 0


def _forget_first_view(pdf: pikepdf.Pdf) -> None:
    """Take away at which place in it the file wants to be opened, as LibreOffice and LaTeX write it."""
    first = pdf.Root.get("/OpenAction")
    if isinstance(first, pikepdf.Dictionary) and first.get("/S") == pikepdf.Name.GoTo and "/Next" not in first:
        first = first.get("/D")
    if isinstance(first, (pikepdf.Array, pikepdf.Name, pikepdf.String)):
        del pdf.Root.OpenAction


def _why_not(pdf: pikepdf.Pdf) -> int:
    if len(pdf.pages) < 1:
        return NO_PAGE
    if len(pdf.pages) > MOST_PAGES:
        return TOO_MUCH
    return ACTS if any(_acts(obj, 0) for obj in [pdf.trailer, *pdf.objects]) else 0


def _acts(obj: Any, depth: int) -> bool:
    """Whether a dictionary, or one inside it, would do something by itself; references have a turn of their own."""
    if depth > DEEPEST:
        return True
    if isinstance(obj, (pikepdf.Dictionary, pikepdf.Stream)):
        entries = dict(obj.items()) if isinstance(obj, pikepdf.Dictionary) else dict(obj.stream_dict.items())
        named = {str(entries[key]) for key in ("/S", "/Subtype", "/Type") if isinstance(entries.get(key), pikepdf.Name)}
        if ACTING_KEYS & entries.keys() or ACTING_TYPES & named or _is_script(entries.get("/URI")):
            return True
        inner = list(entries.values())
    elif isinstance(obj, pikepdf.Array):
        inner = list(obj)
    else:
        return False
    return any(_acts(part, depth + 1) for part in inner if _is_direct(part))


def _is_script(address: Any) -> bool:
    """Whether a link is a program: a reader of files may run it."""
    if not isinstance(address, pikepdf.String):
        return False
    plain = "".join(c for c in str(address).casefold() if c.isprintable() and not c.isspace())
    return plain.startswith(("javascript:", "vbscript:", "data:"))


def _is_direct(obj: Any) -> bool:
    return isinstance(obj, pikepdf.Object) and not obj.is_indirect


def _without_metadata(pdf: pikepdf.Pdf) -> bytes:
    for obj in [pdf.Root, *pdf.objects]:
        _forget(obj, 0)
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    out = BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


def _forget(obj: Any, depth: int) -> None:
    """Take away what says who made it: metadata wherever it hangs, and the names of those who put in remarks."""
    if isinstance(obj, pikepdf.Array):
        inner = list(obj)
    elif isinstance(obj, (pikepdf.Dictionary, pikepdf.Stream)):
        is_remark = "/Rect" in obj and obj.get("/Subtype") != "/Widget"  # a field of a form has its own name there
        for key in (*MAKERS, *(("/T",) if is_remark else ())):
            if key in obj:
                del obj[key]
        inner = [obj[key] for key in obj.keys()]  # noqa: SIM118 - a stream has keys, but is none to go through
    else:
        return
    for part in inner:
        if _is_direct(part) and depth < DEEPEST:
            _forget(part, depth + 1)


if __name__ == "__main__":
    sys.exit(main())
