"""Who a person is: one account an e-mail address."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Makes people; their address is stored in lower case, so that it is found however it is typed."""

    def create_user(self, email: str, name: str = "", **fields: Any) -> "User":
        """A person who signs in by a code sent to `email`; without a password unless one is given."""
        password = fields.pop("password", None)
        user = self.model(email=email.strip().lower(), name=name, **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str = "", **fields: Any) -> "User":
        """Someone who may open Django's admin."""
        return self.create_user(email, name, **{**fields, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person with this address, in whatever case it was typed."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address; what they may do in a course is their Enrollment."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)  # as it is spoken: "Ada Fictive"
    sort_name = models.CharField(max_length=200, blank=True)  # as a roster lists it: "Fictive, Ada"
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ("sort_name", "email")
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Whether Django's admin lets them in: superusers only."""
        return self.is_superuser

    @property
    def short_name(self) -> str:
        """The name as classmates see it: "Ada F."."""
        first, _, rest = self.name.strip().rpartition(" ")
        return f"{first.split(' ')[0]} {rest[0]}." if first else rest or self.email.partition("@")[0]


def sort_name_of(name: str) -> str:
    """The roster form of a spoken name: "Ada Fictive" is "Fictive, Ada"."""
    first, _, last = name.strip().rpartition(" ")
    return f"{last}, {first}" if first else last
