"""A disc's image as an HTTP answer, for the pages and for the API alike."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from evidence.court.models import Disc
from evidence.court.services import disc_download
from evidence.court.services.handing import hand_out_require, may_hand_out
from evidence.http.ranges import range_response
from evidence.identity.who import Who
from evidence.recordings.streaming import answer_while
from evidence.vault.services import object_read

IMAGE_TYPE = "application/x-iso9660-image"


def image_response(request: HttpRequest, who: Who, disc: Disc) -> HttpResponseBase:
    """The image's bytes, under the right to hand it out, which is asked again while they flow: an image takes an hour
    to fetch. HEAD gives no byte away and is no disclosure."""
    if request.method == "HEAD":
        hand_out_require(who, disc)
    else:
        disc_download(who=who, disc=disc)
    answer = range_response(
        request, read=lambda start, end: object_read(disc.image, start, end), size_bytes=disc.image.size_bytes,
        sha256=disc.image.sha256, content_type=IMAGE_TYPE, filename=f"{disc.volume_id}.iso",
    )  # fmt: skip
    return answer_while(answer, lambda: may_hand_out(person_id=who.person_id, disc=disc))
