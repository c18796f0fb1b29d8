"""Secrets of links: tokens, one-time codes, and the sealing of what a letter carries until it is sent.

A token is 256 random bits, so a plain hash keeps it; a code has six digits, so a slow salted one does. The trap: both
go through the database to the mail worker, therefore sealed by a key that the database does not hold.
"""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

TOKEN_BYTES = 32
CODE_DIGITS = 6


def token_new() -> str:
    """A link's token: 43 characters that need no escaping in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_digest(token: str) -> str:
    """What is kept of it; looking it up tells nothing about other tokens by its timing."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_new() -> str:
    """A one-time code, zeros in front kept."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def secret_seal(text: str) -> bytes:
    """Encrypted and authenticated."""
    return _box().encrypt(text.encode())


def secret_open(sealed: bytes) -> str:
    """What was sealed. Raises InvalidToken when the installation's secret key was changed since."""
    return _box().decrypt(sealed).decode()


def _box() -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"continuity sharing letters 1")
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())))
