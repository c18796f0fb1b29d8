import pytest
from django.http import StreamingHttpResponse
from django.test import RequestFactory

from evidence.http.ranges import Unsatisfiable, disposition, range_parse, range_response

CONTENT = bytes(range(100))
ETAG = '"aa11"'


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        ("", 100, None),
        ("bytes=0-0", 100, (0, 1)),
        ("bytes=0-", 100, (0, 100)),
        ("bytes=10-19", 100, (10, 20)),
        ("bytes=90-1000", 100, (90, 100)),
        ("bytes=99-", 100, (99, 100)),
        ("bytes=-10", 100, (90, 100)),
        ("bytes=-1000", 100, (0, 100)),
        (" bytes=5-6 ", 100, (5, 7)),
        ("bytes=100-", 100, Unsatisfiable()),
        ("bytes=100-200", 100, Unsatisfiable()),
        ("bytes=-0", 100, Unsatisfiable()),
        ("bytes=0-", 0, Unsatisfiable()),
        ("bytes=0-0", 0, Unsatisfiable()),
        ("bytes=-5", 0, Unsatisfiable()),
        ("bytes=5-4", 100, None),
        ("bytes=-", 100, None),
        ("bytes=a-b", 100, None),
        ("bytes=0-1,5-6", 100, None),
        ("bytes=0-1,", 100, None),
        ("items=0-1", 100, None),
        ("bytes=0x1-5", 100, None),
        ("bytes=1.5-2", 100, None),
        ("bytes=--5", 100, None),
        ("bytes=0 - 5", 100, None),
        ("bytes=0-" + "9" * 5000, 100, None),
        ("bytes=" + "9" * 5000 + "-", 100, None),
    ],
)
def test_a_range_header_means_one_part_or_nothing_or_is_out_of_reach(header, size, expected):
    assert range_parse(header, size) == expected


def ask(headers=None, *, method="get", content=CONTENT, filename=""):
    asked = []

    def read(start, end):
        asked.append((start, end))
        yield content[start:end]

    request = getattr(RequestFactory(), method)("/", headers=headers or {})
    response = range_response(
        request, read=read, size_bytes=len(content), sha256="aa11", content_type="video/mp4", filename=filename
    )
    body = b"".join(response.streaming_content) if isinstance(response, StreamingHttpResponse) else response.content
    return response, body, asked


def test_the_whole_file_comes_with_its_length_its_tag_and_the_offer_of_ranges():
    response, body, _ = ask()
    assert (response.status_code, body) == (200, CONTENT)
    assert response["Content-Length"] == "100"
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"] == ETAG
    assert response["Content-Type"] == "video/mp4"
    assert "no-store" in response["Cache-Control"]
    assert "Content-Range" not in response


@pytest.mark.parametrize(
    ("header", "start", "end"), [("bytes=0-0", 0, 1), ("bytes=10-", 10, 100), ("bytes=-3", 97, 100)]
)
def test_a_part_comes_as_206_and_only_that_part_is_read(header, start, end):
    response, body, asked = ask({"Range": header})
    assert (response.status_code, body) == (206, CONTENT[start:end])
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/100"
    assert response["Content-Length"] == str(end - start)
    assert asked == [(start, end)]


def test_a_part_out_of_reach_is_416_with_the_length():
    response, body, asked = ask({"Range": "bytes=100-"})
    assert (response.status_code, body, asked) == (416, b"", [])
    assert response["Content-Range"] == "bytes */100"


def test_several_parts_are_answered_with_the_whole():
    response, body, _ = ask({"Range": "bytes=0-1,5-6"})
    assert (response.status_code, body) == (200, CONTENT)


@pytest.mark.parametrize(
    ("condition", "status"), [(ETAG, 206), ('"other"', 200), (f"W/{ETAG}", 200), ("Sun, 22 Nov 2026 19:04:31 GMT", 200)]
)
def test_a_part_is_given_only_of_the_file_the_asker_began_with(condition, status):
    response, _, _ = ask({"Range": "bytes=5-9", "If-Range": condition})
    assert response.status_code == status


def test_an_out_of_reach_part_of_another_file_is_the_whole_of_this_one():
    response, body, _ = ask({"Range": "bytes=500-", "If-Range": '"other"'})
    assert (response.status_code, body) == (200, CONTENT)


def test_head_reads_nothing_and_ignores_ranges():
    response, body, asked = ask({"Range": "bytes=5-9"}, method="head")
    assert (response.status_code, body, asked) == (200, b"", [])
    assert response["Content-Length"] == "100"


def test_an_empty_file_is_an_empty_answer():
    response, body, _ = ask(content=b"")
    assert (response.status_code, body, response["Content-Length"]) == (200, b"", "0")
    assert ask({"Range": "bytes=0-"}, content=b"")[0].status_code == 416


@pytest.mark.parametrize(
    "name",
    ['a"b.mp4', "a\r\nSet-Cookie: x=1.mp4", "../../etc/passwd", "\u202egpj.mp4", "na\u00efve \u2603.mp4", "x" * 400],
)
def test_a_download_name_stays_one_name_in_one_header(name):
    header = disposition(name)
    assert header.startswith("attachment; filename")
    assert not set(header) & set("\r\n\u202e")
    assert "/" not in header
    assert "\\/" not in header
    assert len(header) < 1000


def test_a_download_says_its_name_and_a_view_does_not():
    assert ask(filename="AB 1.mp4")[0]["Content-Disposition"] == 'attachment; filename="AB 1.mp4"'
    assert "Content-Disposition" not in ask()[0]
