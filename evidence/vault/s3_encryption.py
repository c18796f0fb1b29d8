"""What a put tells an S3 store about encryption: the store's own, with its keys, set by `CONTINUITY_S3_ENCRYPTION`.

Reading needs nothing: the store decrypts for whoever may read. Where nothing is set, the bucket's default holds.
"""

from typing import TYPE_CHECKING

from django.conf import settings

from evidence.vault.errors import StoreUnsafe

if TYPE_CHECKING:
    from typing import Literal, TypedDict

    class Encryption(TypedDict, total=False):
        """As boto3 calls them."""

        ServerSideEncryption: Literal["AES256", "aws:kms"]
        SSEKMSKeyId: str


def encryption_arguments() -> "Encryption":
    """For `put_object` and `create_multipart_upload`; parts and reading take none.

    Raises:
        StoreUnsafe: the setting is none that S3 knows.
    """
    wanted, key = settings.S3_ENCRYPTION, settings.S3_KMS_KEY
    if wanted == "aws:kms":
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {"ServerSideEncryption": "aws:kms"}
    if wanted == "AES256" and not key:
        return {"ServerSideEncryption": "AES256"}
    if wanted or key:
        raise StoreUnsafe(
            "Set CONTINUITY_S3_ENCRYPTION to AES256 or aws:kms, or leave it empty; CONTINUITY_S3_KMS_KEY goes with "
            "aws:kms alone."
        )
    return {}
