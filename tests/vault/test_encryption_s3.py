"""S3 encrypts by its own means: what a put tells the store, and that a key provider beside it is refused.

The little store for tests has no key to encrypt with and refuses, so what would be sent is looked at, and no further.
"""

import pytest

from evidence.vault.choice import store_current
from evidence.vault.errors import StoreUnsafe
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put

pytestmark = [pytest.mark.shape, pytest.mark.django_db]
PUTS = {"before-call.s3.PutObject": b"small", "before-call.s3.CreateMultipartUpload": b"x" * (17 * 1024**2)}
WANTED, KEY = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"


class Sent(Exception):
    """Instead of sending."""


def put(source):
    return object_put(object_class=ObjectClass.MASTER, source=source)


@pytest.fixture
def sent():
    """Headers of the requests that begin a put, caught before they leave."""
    headers = []

    def caught(params, **_):
        headers.append(params["headers"])
        raise Sent

    events = store_current()._client.meta.events
    for event in PUTS:
        events.register(event, caught)
    yield headers
    for event in PUTS:
        events.unregister(event, caught)


@pytest.mark.parametrize("content", PUTS.values(), ids=["whole", "parts"])
@pytest.mark.parametrize(
    ("wanted", "key", "told"),
    [
        ("AES256", "", {WANTED: "AES256"}),
        ("aws:kms", "", {WANTED: "aws:kms"}),
        ("aws:kms", "force-key", {WANTED: "aws:kms", KEY: "force-key"}),
        ("", "", {}),
    ],
)  # fmt: skip
def test_each_put_tells_the_store_how_to_encrypt(make, settings, sent, content, wanted, key, told):
    settings.S3_ENCRYPTION, settings.S3_KMS_KEY = wanted, key
    with pytest.raises(Sent):
        put(make(content))
    (headers,) = sent
    assert {name: value for name, value in headers.items() if name.startswith(WANTED)} == told


@pytest.mark.parametrize(("wanted", "key"), [("AES128", ""), ("", "force-key"), ("AES256", "force-key")])
def test_a_setting_that_s3_does_not_know_is_refused_before_anything_is_put(make, settings, sent, wanted, key):
    settings.S3_ENCRYPTION, settings.S3_KMS_KEY = wanted, key
    with pytest.raises(StoreUnsafe, match="CONTINUITY_S3_ENCRYPTION"):
        put(make(b"one"))
    assert sent == []


def test_a_key_provider_beside_a_store_that_encrypts_by_itself_is_refused(settings):
    settings.VAULT_KEY_PROVIDER = "file"
    with pytest.raises(StoreUnsafe, match="CONTINUITY_S3_ENCRYPTION"):
        store_current()
