"""The session really runs against the shape it was asked for, and each of its processes apart from the others."""

import os
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from kombu import Connection

from tests.servers.s3 import Store

pytestmark = pytest.mark.shape


@pytest.mark.django_db
def test_database_is_the_one_of_the_shape(shape):
    assert connection.vendor == {"embedded": "sqlite", "force": "postgresql"}[shape]
    assert connection.settings_dict["NAME"] == settings.DATABASES["default"]["TEST"]["NAME"]


@pytest.mark.django_db
def test_sqlite_database_is_a_file_in_a_folder_of_this_session(shape):
    if shape == "embedded":
        path = Path(connection.settings_dict["NAME"])
        assert path.is_file()
        assert path.parent == settings.DATA_DIR
        assert os.environ["SHAPE_SESSION_FOLDER"] in str(path)
    else:
        assert connection.settings_dict["HOST"] == "127.0.0.1"


def test_broker_carries_a_message(shape):
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    assert settings.CELERY_BROKER_URL.startswith({"embedded": "filesystem:", "force": "redis:"}[shape])
    with Connection(settings.CELERY_BROKER_URL, transport_options=options) as broker:
        queue = broker.SimpleQueue(f"shape-{uuid.uuid4()}")
        queue.put({"job": 1})
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert message.payload == {"job": 1}


def test_cache_keeps_a_value(shape):
    cache.set("shape", shape)
    assert cache.get("shape") == shape


def test_vault_address_is_of_the_shape(shape):
    assert settings.VAULT_URL.startswith({"embedded": "file://", "force": "s3://"}[shape])


def test_s3_bucket_of_this_process_takes_a_locked_object(shape):
    if shape == "embedded":
        assert settings.VAULT_S3["endpoint"] == ""
        return
    store = Store(settings.VAULT_S3["endpoint"])
    client = store.client()
    bucket = settings.VAULT_URL.removeprefix("s3://")
    assert (
        client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
    )
    put = client.put_object(Bucket=bucket, Key=f"masters/{uuid.uuid4()}", Body=b"one")
    assert put["VersionId"]
    client.close()
