"""Reading and posting the pages of a course, as one of its people."""

from django.urls import reverse

from courses.models import Enrollment
from portal.testing import Cast, client_of


def url(cast: Cast, name: str, *args: object) -> str:
    """The address of a page of the course."""
    return reverse(name, args=[cast.course.slug, *args])


def page(cast: Cast, who: Enrollment, name: str, *args: object) -> str:
    """The page as this person reads it."""
    answer = client_of(who).get(url(cast, name, *args))
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def post(cast: Cast, who: Enrollment, name: str, *args: object, **typed: object) -> str:
    """The page to which a form leads."""
    return client_of(who).post(url(cast, name, *args), typed, follow=True).content.decode()


def post_refused(cast: Cast, who: Enrollment, name: str, *args: object, **typed: object) -> str:
    """The page that comes back from a form that is refused."""
    answer = client_of(who).post(url(cast, name, *args), typed)
    assert answer.status_code == 422, answer.status_code
    return answer.content.decode()
