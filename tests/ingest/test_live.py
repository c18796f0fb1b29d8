"""The whole way with the product's own processes: a dock sends, a worker seals, the receipt comes."""

from evidence.fleet.services import dock_enrol
from evidence.recordings.models import Recording
from tests import factories
from tests.faults.ingest_senders import LiveDock
from tests.ingest.sending import sha256
from tests.jobs.running import waits_until

CONTENT = b"not a film, but sealed all the same\n" * 1000


def test_dock_sends_and_gets_its_receipt_within_seconds(live_site, live_worker):
    dock = LiveDock(live_site, dock_enrol(name="Dock", unit=factories.unit())[1])
    path = dock.begun(CONTENT, camera="CAM-1", filename="take.mp4")
    assert dock.patch(path, CONTENT).status_code == 204
    waits_until(lambda: dock.ask("GET", f"{path}/receipt").status_code == 200, 30, "the receipt")
    receipt = dock.ask("GET", f"{path}/receipt").json()["receipt"]
    assert (receipt["sha256"], receipt["size"]) == (sha256(CONTENT), len(CONTENT))
    assert Recording.objects.get().files.get(role="master").sha256 == sha256(CONTENT)
    answer = dock.ask("GET", f"/api/v1/uploads/{path.rpartition('/')[2]}").json()
    assert answer["state"] in {"sealed", "playable", "not_playable"}
    assert answer["href"] == ""
