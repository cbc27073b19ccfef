"""How people sign in: by a code sent to the address on the roster, as a letter of the post office."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class RosterAdapter(DefaultAccountAdapter):
    """People come from rosters and staff lists: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: a person exists when a course names them."""
        return False
