"""Who a person is, and who may sign in."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.domain import sign_in
from accounts.models import User, name_of, sort_name_of

pytestmark = pytest.mark.django_db


def test_an_address_is_found_however_it_is_typed():
    ada = User.objects.create_user(" Ada.Fictive@Students.example.edu ", "Ada Fictive")
    assert ada.email == "ada.fictive@students.example.edu"
    assert sign_in.who_signs_in("ADA.fictive@students.EXAMPLE.edu ") == ada
    assert sign_in.who_signs_in("ada@students.example.edu") is None


def test_an_address_beyond_ascii_is_found_as_people_type_it():
    ada = User.objects.create_user("ada@xn--mnchen-3ya.example", "Ada Fictive")
    assert sign_in.who_signs_in("Ada@München.example") == ada


def test_a_closed_account_does_not_sign_in():
    User.objects.create_user("cleo@students.example.edu", "Cleo Closed", is_active=False)
    assert sign_in.who_signs_in("cleo@students.example.edu") is None


def test_the_database_holds_each_address_once_and_in_lower_case():
    User.objects.create_user("ada@students.example.edu")
    for email in ("ada@students.example.edu", "Bea@students.example.edu"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(email=email)


@pytest.mark.parametrize(
    ("name", "sorted_name", "short"),
    [
        ("Ada Fictive", "Fictive, Ada", "Ada F."),
        ("Ada Maria Fictive", "Fictive, Ada Maria", "Ada F."),
        ("Ada Fictive, Jr.", "Fictive, Ada, Jr.", "Ada F."),
        ("Ada Fictive III", "Fictive, Ada, III", "Ada F."),
        ("Plato", "Plato", "Plato"),
        ("", "", "ada"),
    ],
)
def test_names_in_a_roster_and_among_classmates(name: str, sorted_name: str, short: str):
    person = User(email="ada@students.example.edu", name=name)
    assert (sort_name_of(name), person.short_name) == (sorted_name, short)


@pytest.mark.parametrize(
    ("roster", "spoken"),
    [
        ("Fictive, Ada", "Ada Fictive"),
        ("Pretend, Jr., Ada", "Ada Pretend, Jr."),
        ("Barnaby, Ada, Jr.", "Ada Barnaby, Jr."),
        ("Pretend, Jr.", "Pretend, Jr."),
        ("Nowak, Vi", "Vi Nowak"),
        ("Madeup, Md", "Md Madeup"),
        ("Plato", "Plato"),
        ("", ""),
    ],
)
def test_the_spoken_name_keeps_its_suffix_behind(roster: str, spoken: str):
    assert name_of(roster) == spoken


def test_people_are_sorted_as_people_sort(db):
    names = ("Äpfel, Bo", "Zeta, Al", "ångström, Cy", "Łuk, Di", "Azure, Ed", "Lund, Flo", "Mill, Gus")
    for number, name in enumerate(names):
        User.objects.create_user(f"p{number}@example.edu", name, sort_name=name)
    person = User.objects.get(sort_name="Zeta, Al")
    person.sort_name = "Écru, Al"
    person.save(update_fields=["sort_name"])
    assert [user.sort_name.split(",")[0] for user in User.objects.all()] == [
        "ångström",
        "Äpfel",
        "Azure",
        "Écru",
        "Łuk",
        "Lund",
        "Mill",
    ]


def test_createsuperuser_makes_someone_for_the_admin(capsys):
    call_command("createsuperuser", email="Root@Example.edu", name="Rue Root", interactive=False)
    person = User.objects.get(email="root@example.edu")
    assert (person.is_superuser, person.is_staff, person.has_usable_password()) == (True, True, False)
