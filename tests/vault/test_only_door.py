"""Stored bytes are reached through the vault's services alone."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_OTHERS = [
    path
    for folder in ("evidence", "workers")
    for path in (ROOT / folder).rglob("*.py")
    if not path.is_relative_to(ROOT / "evidence" / "vault")
    # another bucket, in which none of the vault's objects lie: it keeps copies of checkpoints
    and path != ROOT / "evidence" / "custody" / "anchoring" / "bucket.py"
]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bVAULT_URL\b",
        r"\bVAULT_S3\b",
        r"\b(boto3|botocore)\b",
        r"vault\.(filesystem|s3|s3_checks|choice|store|root)\b",
    ],
    ids=["address", "credentials", "client", "stores"],
)
def test_no_room_but_the_vault_knows_where_objects_lie(pattern):
    found = [str(path.relative_to(ROOT)) for path in _OTHERS if re.search(pattern, path.read_text())]
    assert found == []
