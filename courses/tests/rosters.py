"""Roster files for tests, built from names."""

from pathlib import Path

DEMO = Path(__file__).resolve().parents[2] / "demo"
HEADER = "Student,ID,SIS User ID,SIS Login ID,Section,Survey (1)"
POINTS = "    Points Possible,,,,,1.00"


def line_of(name: str, section: str = "CS 101 A: Invented Computing", *, login: str = "", number: str = "") -> str:
    """One person's line: "Fictive, Ada" with the login ada.fictive unless another is given."""
    last, _, first = name.partition(", ")
    login = login or f"{first}.{last}".lower().replace(" ", ".")
    return f'"{name}",{number},,{login},"{section}",'


def file_of(*lines: str, header: str = HEADER) -> bytes:
    """A file of these lines under Canvas' header."""
    return "\n".join([header, POINTS, *lines, '"Student, Test",9,,,CS 101 A,', ""]).encode()


def crowd(size: int, section: str = "CS 101 A: Invented Computing") -> bytes:
    """A file of so many people."""
    return file_of(*(line_of(f"Number{n}, Ann", section, number=str(n)) for n in range(size)))
