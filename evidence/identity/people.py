"""Finding people of the force by what others know them by: collar number, sign-in name, name.

Only those who hold a post now are found: whoever has left can be given nothing. Who may see whom is no question here;
everybody who signs in may name a colleague.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from evidence.identity.models import Person, Post

WORDS_MAX = 4


def serving(at: datetime | None = None) -> QuerySet[Person]:
    """People who are active and hold a post at this time (now)."""
    moment = at or timezone.now()
    posts = Post.objects.filter(Q(until_at=None) | Q(until_at__gt=moment), person=OuterRef("pk"), from_at__lte=moment)
    return Person.objects.filter(Exists(posts), is_active=True)


def is_serving(person: Person) -> bool:
    """Whether this person holds a post now."""
    return serving().filter(pk=person.pk).exists()


def people_named(text: str) -> QuerySet[Person]:
    """Serving people whom this text names: exactly by collar number or sign-in name, else by each word of the name."""
    given = text.strip()
    if not given:
        return Person.objects.none()
    exact = serving().filter(Q(collar_number__iexact=given) | Q(username__iexact=given))
    if exact.exists():
        return exact
    found = serving()
    for word in given.split()[:WORDS_MAX]:
        found = found.filter(
            Q(first_name__iexact=word) | Q(surname__iexact=word) | Q(collar_number__iexact=word) | Q(rank__iexact=word)
        )
    return found
