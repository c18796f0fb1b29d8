from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from evidence.identity.authentication import who_asks
from evidence.identity.errors import TokenRefused
from evidence.identity.models import AccessToken, SecurityEntry
from evidence.identity.services import token_digest, token_make, token_revoke, token_use
from tests.identity import people

pytestmark = pytest.mark.django_db


class WhoView(APIView):
    """Says who asks."""

    def get(self, request):
        who = who_asks(request)
        return Response({"kind": who.actor.kind, "name": who.actor.name, "scopes": sorted(who.scopes)})


def ask(**headers):
    return WhoView.as_view()(APIRequestFactory().get("/api/v1/who", **headers))


def bearer(token):
    return ask(HTTP_AUTHORIZATION=f"Bearer {token}")


def dock_token(**options):
    return token_make(owner_kind="dock", owner_id=uuid4(), label="Dock 7", scopes=["upload"], **options)


def test_only_the_hash_of_a_token_is_kept():
    token = dock_token()
    row = AccessToken.objects.get()
    assert row.token_sha256 == token_digest(token)
    kept = [
        str(value) for model in (AccessToken, SecurityEntry) for row in model.objects.values() for value in row.values()
    ]
    assert all(token not in value and token.removeprefix("cty_") not in value for value in kept)


def test_tokens_are_long_and_never_the_same():
    tokens = {dock_token() for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token.removeprefix("cty_")) == 43 for token in tokens)


def test_a_dock_asks_in_its_own_name_and_scopes():
    assert bearer(dock_token()).data == {"kind": "dock", "name": "Dock 7", "scopes": ["upload"]}


def test_a_person_asks_by_token_as_themselves():
    someone = people.person()
    token = token_make(owner_kind="person", owner_id=someone.id, label="script", scopes=[])
    assert bearer(token).data["name"] == someone.label


def test_the_token_of_somebody_who_left_is_refused():
    someone = people.person(is_active=False)
    token = token_make(owner_kind="person", owner_id=someone.id, label="script", scopes=[])
    assert bearer(token).status_code == 401


@pytest.mark.parametrize("token", ["cty_wrong", "x", "Ünicode", "cty_" + "a" * 5000])
def test_an_unknown_token_is_refused_as_a_problem_that_says_how_to_sign_in(token):
    answer = bearer(token)
    assert answer.status_code == 401
    assert answer.data["code"] == "authentication-failed"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="continuity"'


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc"])
def test_without_a_token_nobody_is_signed_in(header):
    answer = ask(HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer.data["code"] == "not-authenticated"


def test_a_token_ends_at_its_time():
    token = dock_token(lifetime=timedelta(hours=1))
    assert bearer(token).status_code == 200
    AccessToken.objects.update(expires_at=timezone.now())
    assert bearer(token).status_code == 401
    with pytest.raises(TokenRefused):
        token_use(token=token)


def test_a_revoked_token_ends_now_and_both_making_and_revoking_are_logged():
    token = dock_token()
    token_revoke(token=AccessToken.objects.get())
    assert bearer(token).status_code == 401
    assert set(SecurityEntry.objects.values_list("kind", flat=True)) == {"token:made", "token:revoked"}


def test_its_last_use_is_noted_at_most_once_a_minute():
    token = dock_token()
    token_use(token=token)
    first = AccessToken.objects.get().last_used_at
    token_use(token=token)
    assert AccessToken.objects.get().last_used_at == first
    AccessToken.objects.update(last_used_at=first - timedelta(minutes=2))
    token_use(token=token)
    assert AccessToken.objects.get().last_used_at >= first
