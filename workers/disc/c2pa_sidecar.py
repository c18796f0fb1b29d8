"""C2PA manifests as files beside the films they speak of: signed here, by an optional library that opens no film.

A manifest is bound to its film by the SHA-256 of the whole file, which the caller knows, so that the library is given
no byte of it. The library is imported where it is used: an installation that makes no manifests does without it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from workers.disc.errors import C2paUnready

OFFLINE: Final[Mapping[str, object]] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
}
"""What the library is told: to fetch nothing, and not to look for a film that it was not given."""
_UNSEEN: Final = {"assertion.dataHash.mismatch", "signingCredential.untrusted"}
"""What a reader cannot but say that has neither the film nor the recipient's list of authorities."""
_NO_PICTURE: Final = {"thumbnail": {"enabled": False}}
_SIDECAR: Final = "application/c2pa"
_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs. `certificates`: PEM, the signer's own first; `key`: PEM; `algorithm`: as C2PA names it ('es256')."""

    certificates: bytes
    key: bytes
    algorithm: str


def signer_read(certificates: Path, key: Path) -> Signer:
    """The signer of these two files.

    Raises:
        C2paUnready: a file cannot be read, the two do not belong together, or the certificate is not valid now.
    """
    try:
        chain, secret = certificates.read_bytes(), key.read_bytes()
        own = x509.load_pem_x509_certificates(chain)[0]
        private = load_pem_private_key(secret, password=None)
        is_pair = own.public_key() == private.public_key()
    except OSError as error:
        raise C2paUnready(f"The file {error.filename} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise C2paUnready("The C2PA certificates or the key are not PEM that can be read, or are encrypted.") from error
    if not is_pair:
        raise C2paUnready("The first of the C2PA certificates is not that of the key.")
    if not own.not_valid_before_utc <= datetime.now(UTC) <= own.not_valid_after_utc:
        raise C2paUnready(f"The C2PA certificate is valid until {own.not_valid_after_utc:%d %b %Y}, and not now.")
    return Signer(certificates=chain, key=secret, algorithm=_algorithm(private))


def sidecar_sign(definition: Mapping[str, Any], *, sha256: str, signer: Signer) -> bytes:
    """The manifest of a file whose SHA-256 (hex) this is; the signer vouches for every assertion of `definition`.

    Raises:
        C2paUnready: the library is not installed, it does not take the certificate, or no reader would take
            the manifest.
    """
    try:
        import c2pa  # noqa: PLC0415 - optional
    except ImportError as missing:
        raise C2paUnready("The package c2pa-python is not installed here.") from missing
    whole = {"name": "the whole file", "alg": "sha256", "hash": list(bytes.fromhex(sha256)), "pad": []}
    assertions = [*definition["assertions"], {"label": "c2pa.hash.data", "data": whole}]
    vouched = {"created_assertion_labels": [*(each["label"] for each in assertions), "c2pa.ingredient.v3"]}
    info = c2pa.C2paSignerInfo(signer.algorithm, signer.certificates, signer.key, None)
    try:
        with (
            c2pa.Context(c2pa.Settings.from_dict({**OFFLINE, "builder": {**_NO_PICTURE, **vouched}})) as context,
            c2pa.Signer.from_info(info) as signs,
            c2pa.Builder(json.dumps({**definition, "assertions": assertions}), context) as builder,
        ):
            builder.set_no_embed()
            signed = bytes(builder.sign(signs, _SIDECAR, BytesIO()))
            with c2pa.Reader(_SIDECAR, BytesIO(signed), context=context) as reader:
                found = json.loads(reader.json())["validation_results"]["activeManifest"]["failure"]
    except c2pa.C2paError as error:
        raise C2paUnready(f"The C2PA library did not sign: {error}.") from error
    faults = [each["explanation"] for each in found if each["code"] not in _UNSEEN]
    if faults:
        raise C2paUnready(f"No C2PA reader would take the manifest: {'; '.join(faults)}.")
    return signed


def _algorithm(key: PrivateKeyTypes) -> str:
    if isinstance(key, Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, RSAPrivateKey):
        return "ps256"
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    raise C2paUnready("C2PA takes keys of these kinds: ECDSA (P-256, P-384, P-521), RSA and Ed25519.")
