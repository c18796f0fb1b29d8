"""C2PA manifests beside working copies on data discs, read by the library's own reader."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from config.env import EnvironmentInvalid, env_read
from evidence.court.bundle.c2pa_claim import custody_label
from evidence.court.bundle.record import leaf_hash
from evidence.court.models import DiscSetState
from evidence.editing.services import clip_request, redaction_request
from evidence.jobs.models import JobState
from evidence.recordings.policy import KIND
from evidence.recordings.queries import original_file
from tests.court import making
from tests.editing import material
from workers.disc.c2pa_sidecar import OFFLINE, sidecar_sign, signer_read
from workers.disc.errors import C2paUnready

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
DRAFT = {
    "v": 1,
    "tracks": [
        {
            "id": "t1", "kind": "face", "effect": "solid", "reason": "child",
            "keyframes": [{"frame": 10, "x": 40, "y": 40, "w": 60, "h": 40, "outside": False}], "end": 25,
        }
    ],
    "mutes": [{"start_frame": 25, "end_frame": 50, "reason": "personal-details"}],
    "frames": [],
    "segments": [{"start_frame": 5, "end_frame": 75}],
}  # fmt: skip
ROOT_NAME = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test authority")])
OWN_NAME = x509.Name([
    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Police"), x509.NameAttribute(NameOID.COMMON_NAME, "Continuity"),
])  # fmt: skip


def certificate(
    name, public, issuer, issuer_key, *, is_authority, until_days=30, purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION
):
    """A certificate as C2PA wants them, from sixty days ago."""
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=until_days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )  # fmt: skip
    if not is_authority:
        built = built.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return built.sign(issuer_key, hashes.SHA256())


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signing_files(folder: Path, key, **options):
    """Certificates and key as an administrator sets them, and the root that a verifier trusts."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate(ROOT_NAME, root_key.public_key(), ROOT_NAME, root_key, is_authority=True)
    own = certificate(OWN_NAME, key.public_key(), ROOT_NAME, root_key, is_authority=False, **options)
    (folder / "chain.pem").write_bytes(own.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(pem(key))
    return (folder / "chain.pem", folder / "key.pem"), root.public_bytes(Encoding.PEM).decode()


def read(film: bytes, manifest: bytes, root: str):
    """What the library's reader says of a film and a manifest beside it: its verdict, and the whole report."""
    context = c2pa.Context(c2pa.Settings.from_dict({**OFFLINE, "trust": {"trust_anchors": root}}))
    with c2pa.Reader("video/mp4", io.BytesIO(film), manifest, context) as reader:
        return reader.get_validation_state(), json.loads(reader.json())


@pytest.fixture
def bench() -> making.Bench:
    return making.bench()


@pytest.fixture
def root(tmp_path, settings) -> str:
    """Manifests are asked for; the root that signs for the force."""
    settings.C2PA_FILES, root = signing_files(tmp_path, ed25519.Ed25519PrivateKey.generate())
    return root


def disc_of(bench, tmp_path, *recordings):
    disc_set = making.built(bench.request(*(bench.exhibit(each) for each in recordings)))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    return making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")


@pytest.fixture
def redaction(bench):
    of = material.recorded(officer=bench.officer)
    return material.made(redaction_request(who=bench.who, recording=of, draft=DRAFT, reason="For disclosure"))


def test_manifest_on_a_disc_is_valid_for_the_copy_as_sealed_and_for_nothing_else(bench, redaction, root, tmp_path):
    disc = disc_of(bench, tmp_path, redaction, redaction.parent)
    manifest = (disc / "metadata/c2pa/AB_1_redaction.c2pa").read_bytes()
    film = (disc / "data/exhibits/AB_1/AB_1_redaction.mp4").read_bytes()
    assert film == material.bytes_of(original_file(redaction))
    assert [path.name for path in (disc / "metadata/c2pa").iterdir()] == ["AB_1_redaction.c2pa"], "a Master has none"
    state, _ = read(film, manifest, root)
    assert state == "Trusted"
    for changed in (film[:-1] + bytes([film[-1] ^ 1]), film + b"\0\0\0\x08free"):
        state, report = read(changed, manifest, root)
        failures = [each["code"] for each in report["validation_results"]["activeManifest"]["failure"]]
        assert (state, failures) == ("Invalid", ["assertion.dataHash.mismatch"])


def test_manifest_names_what_was_done_the_original_and_the_event_that_sealed_it(bench, redaction, root, tmp_path):
    disc = disc_of(bench, tmp_path, redaction)
    manifest = (disc / "metadata/c2pa/AB_1_redaction.c2pa").read_bytes()
    _, report = read((disc / "data/exhibits/AB_1/AB_1_redaction.mp4").read_bytes(), manifest, root)
    said = report["manifests"][report["active_manifest"]]
    data = {each["label"]: each["data"] for each in said["assertions"]}
    opened, trimmed, edited, transcoded = data["c2pa.actions.v2"]["actions"]
    names = [each["action"] for each in (opened, trimmed, edited, transcoded)]
    assert names == ["c2pa.opened", "c2pa.trimmed", "c2pa.edited", "c2pa.transcoded"]
    assert b"c2pa.redacted" not in manifest
    cover, mute = edited["changes"]
    # the copy begins with frame 5 of the original, a fifth of a second later
    assert cover["region"][0]["time"] == {"type": "npt", "start": "0.200", "end": "0.800"}
    shape = cover["region"][1]["shape"]
    assert (shape["origin"], shape["width"], shape["height"]) == ({"x": 40, "y": 40}, 60, 40)
    assert mute["region"][0]["time"] == {"type": "npt", "start": "0.800", "end": "1.800"}
    (parent,) = said["ingredients"]
    assert parent["relationship"] == "parentOf"
    master = original_file(redaction.parent)
    assert master.sha256 in parent["title"]
    sealing = making.said(KIND, redaction.id)[0]
    assert custody_label("evidence.west.police.uk/custody") == "uk.police.west.evidence.custody"
    custody = data[custody_label("localhost/custody")]
    assert custody["sealed_by_event"] == {"id": str(sealing.uuid), "leaf": leaf_hash(sealing.raw)}
    assert custody["sha256"] == original_file(redaction).sha256
    assert custody["source_sha256"] == master.sha256
    assert custody["made_from"] == [
        {"what": "Master", "recording": str(redaction.parent_id), "sha256": [master.sha256]}
    ]
    assert {"continuity-render", "x264"} <= {each["name"] for each in custody["tools"]}


def test_manifest_is_in_the_discs_own_lists_and_the_discs_program_finds_it_whole(bench, redaction, root, tmp_path):
    disc = disc_of(bench, tmp_path, redaction)
    assert "  metadata/c2pa/AB_1_redaction.c2pa\n" in (disc / "tagmanifest-sha256.txt").read_text()
    assert "metadata/c2pa" in (disc / "README.txt").read_text()
    argv = [sys.executable, "-I", str(disc / "verify.py")]
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 0
    (disc / "metadata/c2pa/AB_1_redaction.c2pa").write_bytes(b"another")
    assert subprocess.run(argv, capture_output=True, check=False).returncode != 0


def test_clip_of_all_frames_was_not_trimmed(bench, root, tmp_path):
    of = material.recorded(officer=bench.officer)
    stretches = [material.frames(0, material.COUNT)]
    clip = material.made(clip_request(who=bench.who, recording=of, stretches=stretches, reason="For interview"))
    disc = disc_of(bench, tmp_path, clip)
    film = (disc / "data/exhibits/AB_1/AB_1_clip.mp4").read_bytes()
    _, report = read(film, (disc / "metadata/c2pa/AB_1_clip.c2pa").read_bytes(), root)
    (actions,) = (
        each["data"]["actions"]
        for each in report["manifests"][report["active_manifest"]]["assertions"]
        if each["label"] == "c2pa.actions.v2"
    )
    assert "c2pa.trimmed" not in [each["action"] for each in actions]


def test_without_the_setting_a_disc_has_no_manifest_and_the_package_is_not_missed(bench, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "c2pa", None)  # as where it is not installed
    copy = making.copied(making.recorded(bench.officer), bench.oic)
    disc = disc_of(bench, tmp_path, copy)
    assert [path for path in disc.rglob("*") if "c2pa" in path.name] == []
    assert "c2pa" not in (disc / "README.txt").read_text().lower()


def test_asked_for_without_the_package_the_discs_wait_and_say_what_is_missing(bench, root, monkeypatch):
    monkeypatch.setitem(sys.modules, "c2pa", None)
    disc_set = making.built(bench.request(bench.exhibit(making.copied(making.recorded(bench.officer), bench.oic))))
    job = making.job(disc_set)
    assert (job.state, job.error_code) == (JobState.QUEUED, "c2pa-unready")
    assert job.error.startswith("The package c2pa-python is not installed here.")


@pytest.mark.parametrize(
    "key_make",
    [
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
    ids=["es256", "es384", "ps256"],
)
def test_keys_of_each_kind_sign(key_make, tmp_path):
    files, root = signing_files(tmp_path, key_make())
    film = making.film().read_bytes()
    definition = {"claim_generator_info": [{"name": "Continuity"}], "assertions": [_made()]}
    manifest = sidecar_sign(definition, sha256=_sha256(film), signer=signer_read(*files))
    assert read(film, manifest, root)[0] == "Trusted"
    assert read(film[:-1], manifest, root)[0] == "Invalid"


def _made():
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    created = {"action": "c2pa.created", "digitalSourceType": source}
    return {"label": "c2pa.actions.v2", "data": {"actions": [created]}}


def _sha256(content):
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize().hex()


def test_what_no_reader_would_take_is_not_put_on_a_disc(tmp_path):
    files, _ = signing_files(tmp_path, ec.generate_private_key(ec.SECP256R1()), purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    with pytest.raises(C2paUnready, match="the certificate is invalid"):
        sidecar_sign({"assertions": [_made()]}, sha256="00" * 32, signer=signer_read(*files))
    files, _ = signing_files(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    nothing_opened = {"label": "c2pa.actions.v2", "data": {"actions": [{"action": "c2pa.edited"}]}}
    with pytest.raises(C2paUnready, match="No C2PA reader would take"):
        sidecar_sign({"assertions": [nothing_opened]}, sha256="00" * 32, signer=signer_read(*files))


def test_certificate_that_is_out_of_date_or_anothers_is_told_before_anything_is_signed(tmp_path):
    files, _ = signing_files(tmp_path, ed25519.Ed25519PrivateKey.generate(), until_days=-1)
    with pytest.raises(C2paUnready, match="is valid until"):
        signer_read(*files)
    (certificates, key), _ = signing_files(tmp_path, ed25519.Ed25519PrivateKey.generate())
    key.write_bytes(pem(ed25519.Ed25519PrivateKey.generate()))
    with pytest.raises(C2paUnready, match="is not that of the key"):
        signer_read(certificates, key)
    key.unlink()
    with pytest.raises(C2paUnready, match="cannot be read"):
        signer_read(certificates, key)


def test_certificates_without_a_key_are_a_mistake_in_the_settings(monkeypatch):
    monkeypatch.setenv("CONTINUITY_C2PA_CERTIFICATES", "chain.pem")
    with pytest.raises(EnvironmentInvalid, match="go together"):
        env_read()
    monkeypatch.setenv("CONTINUITY_C2PA_KEY_FILE", "key.pem")
    assert env_read().c2pa_files == (Path("chain.pem").absolute(), Path("key.pem").absolute())
