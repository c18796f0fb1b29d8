"""Contact sheets in the product: ordered on the page or by the API, sealed as a still of its parent."""

import pytest

from evidence.editing.services import sheet_request
from evidence.recordings.models import Kind, State
from evidence.recordings.queries import original_file
from tests.editing.material import bytes_of, made, recorded
from tests.editing.test_pages import address, filled, opened, ordered
from tests.factories import client_for

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.django_db(transaction=True)
def test_a_contact_sheet_is_a_picture_with_parent_hash_and_statement(who, officer):
    master = recorded(officer=officer)
    copy = made(sheet_request(who=who, recording=master, reason="For the briefing", count=6))
    assert (copy.kind, copy.state, copy.title, copy.parent) == (
        Kind.STILL, State.PLAYABLE, "Contact sheet of 6 frames", master,
    )  # fmt: skip
    file = original_file(copy)
    assert (file.media_type, bytes_of(file)[:4]) == ("image/png", b"\x89PNG")
    assert copy.statement["sources"][0]["sha256"] == original_file(master).sha256 == copy.parent_sha256
    assert len(copy.statement["tiles"]) == 6
    assert client_for(officer).get(f"/recordings/{copy.pk}/details").status_code == 200


def test_the_page_takes_how_many_and_says_what_is_wrong(officer, master):
    client = opened(officer, master)
    job = ordered(client.post(address(master, "sheet"), filled(count="12")))
    assert (job.kind, job.params["recipe"]["count"]) == ("copy.sheet", 12)
    answer = client.post(address(master, "sheet"), filled(count="101"))
    assert (answer.status_code, "less than or equal to 100" in answer.content.decode()) == (422, True)
