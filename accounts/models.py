"""Who a person is: one account an e-mail address."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

SUFFIX = re.compile(r"[JjSs][Rr]\.?|III?|IV")  # what stays behind a name; "Vi" and "Md" are given names
PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


class UserManager(BaseUserManager["User"]):
    """Makes people; their address is stored in lower case, so that it is found however it is typed."""

    def create_user(self, email: str, name: str = "", **fields: Any) -> "User":
        password = fields.pop("password", None)
        user = self.model(email=email.strip().lower(), name=name, **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str = "", **fields: Any) -> "User":
        return self.create_user(email, name, **{**fields, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address; what they may do in a course is their Enrollment."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)  # as it is spoken: "Ada Fictive"
    sort_name = models.CharField(max_length=200, blank=True)  # as a roster lists it: "Fictive, Ada"
    sort_key = models.CharField(max_length=200, blank=True, editable=False)  # of `sort_name`, as people sort
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ("sort_key", "email")
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.sort_key = sort_key_of(self.sort_name)
        if update_fields is not None and "sort_name" in update_fields:
            update_fields = {*update_fields, "sort_key"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def is_staff(self) -> bool:
        """Whether Django's admin lets them in: superusers only."""
        return self.is_superuser

    @property
    def short_name(self) -> str:
        """The name as classmates see it: "Ada F."."""
        words, _ = _words_and_suffix(self.name)
        first = words[0] if words else self.email.partition("@")[0]
        return f"{first} {words[-1][0]}." if len(words) > 1 else first


def name_of(sort_name: str) -> str:
    """The spoken form of a roster's name: "Fictive, Ada" is "Ada Fictive", "Fictive, Ada, Jr." "Ada Fictive, Jr."."""
    parts = [part.strip() for part in sort_name.split(",")]
    suffixes = [part for part in parts[1:] if SUFFIX.fullmatch(part)]
    last, *given = [part for part in parts if part not in suffixes]
    return ", ".join([" ".join([*given, last]).strip(), *suffixes])


def sort_name_of(name: str) -> str:
    """The roster form of a spoken name: "Ada Fictive" is "Fictive, Ada", "Ada Fictive, Jr." "Fictive, Ada, Jr."."""
    words, suffix = _words_and_suffix(name)
    return ", ".join(part for part in ("".join(words[-1:]), " ".join(words[:-1]), suffix) if part)


def _words_and_suffix(name: str) -> tuple[list[str], str]:
    words = name.replace(",", " ").split()
    suffix = words.pop() if len(words) > 1 and SUFFIX.fullmatch(words[-1]) else ""
    return words, suffix


def sort_key_of(sort_name: str) -> str:
    return folded(sort_name)[:200]


def folded(text: str) -> str:
    """A text as people look for it and sort by it: small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).translate(PLAIN_LETTERS)
