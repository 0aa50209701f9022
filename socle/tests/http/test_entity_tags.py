"""The tag of a public response, and the 304 to a caller who has it."""

import pytest

from socle.http import EntityTags

PUBLIC = (b"cache-control", b"public, max-age=5")


async def exchange(headers, *bodies, method="GET", given=b"", status=200):
    """The start and the body that a caller receives of a response of those bodies."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for body in bodies:
            more = body is not bodies[-1]
            await send({"type": "http.response.body", "body": body, "more_body": more})

    sent = []

    async def send(message):
        sent.append(message)

    request = [(b"if-none-match", given)] if given else []
    scope = {"type": "http", "method": method, "headers": request}
    await EntityTags(app)(scope, None, send)
    start, *rest = sent
    return start["status"], dict(start["headers"]), b"".join(each["body"] for each in rest)


def length(body):
    return (b"content-length", b"%d" % len(body))


async def test_a_page_that_the_caller_has_is_not_sent_again():
    headers = [PUBLIC, (b"content-type", b"text/html"), (b"vary", b"cookie"), length(b"page")]
    status, tagged, body = await exchange(headers, b"page")
    tag = tagged[b"etag"]
    assert (status, body, tag[:3]) == (200, b"page", b'W/"')

    for given in (tag, tag.removeprefix(b"W/"), b'"other", ' + tag, b"*"):
        status, remaining, body = await exchange(headers, b"page", given=given)
        assert (status, body) == (304, b"")
        assert remaining == {b"etag": tag, PUBLIC[0]: PUBLIC[1], b"vary": b"cookie"}
    status, other, body = await exchange(headers, b"Page", given=tag)
    assert (status, body) == (200, b"Page")
    assert other[b"etag"] != tag


@pytest.mark.parametrize(
    ("headers", "bodies", "method", "status"),
    [
        ([(b"cache-control", b"private, no-store"), length(b"mine")], [b"mine"], "GET", 200),
        ([(b"cache-control", b"no-store"), length(b"new")], [b"new"], "GET", 200),
        ([length(b"unsaid")], [b"unsaid"], "GET", 200),
        ([PUBLIC, length(b"gone")], [b"gone"], "GET", 404),
        ([PUBLIC, length(b"done")], [b"done"], "POST", 200),
        ([PUBLIC], [b"one", b"two"], "GET", 200),
        ([PUBLIC, length(b"onetwo")], [b"one", b"two"], "GET", 200),
        # Of a file, the server sends no body to a HEAD.
        ([PUBLIC, length(b"file")], [b""], "HEAD", 200),
    ],
)
async def test_what_is_personal_a_stream_or_an_error_has_no_tag(headers, bodies, method, status):
    found = await exchange(headers, *bodies, method=method, given=b"*", status=status)
    assert found == (status, dict(headers), b"".join(bodies))


async def test_a_tag_of_the_service_stays():
    headers = [PUBLIC, (b"etag", b'"3"'), length(b"own")]
    assert await exchange(headers, b"own", given=b'"3"') == (200, dict(headers), b"own")
