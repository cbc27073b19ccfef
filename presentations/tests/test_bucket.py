"""Reviews in a bucket: a real S3 server (moto) that keeps the files, and addresses that are really fetched."""

import os
import re
import urllib.error
import urllib.request
from datetime import timedelta
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import boto3
import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from moto.server import ThreadedMotoServer

from portal.testing import Cast, client_of
from presentations.tests import factories
from presentations.tests.test_uploads import pdf

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
KEYS = {"access_key": "invented", "secret_key": "also-invented"}


@pytest.fixture(scope="module")
def s3():
    """The address of a server that speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3, settings, monkeypatch):
    """A bucket behind Django's storage, as production sets it up."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client = boto3.client(
        "s3",
        endpoint_url=s3,
        region_name="us-west-2",
        aws_access_key_id=KEYS["access_key"],
        aws_secret_access_key=KEYS["secret_key"],
    )
    client.create_bucket(Bucket="talks", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    options = {
        **import_module(os.environ["DJANGO_SETTINGS_MODULE"])._files["OPTIONS"],  # as production has them
        **KEYS,
        "bucket_name": "talks",
        "region_name": "us-west-2",
        "endpoint_url": s3,
    }
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    yield client
    for key in keys(client):
        client.delete_object(Bucket="talks", Key=key)
    client.delete_bucket(Bucket="talks")


def keys(client) -> list[str]:
    return [stored["Key"] for stored in client.list_objects_v2(Bucket="talks").get("Contents", [])]


def fetch(address: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, {}, refused.read()


@pytest.fixture
def handed_in(cast: Cast, bucket):
    talk = factories.talk_of(factories.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    return factories.handed_in(talk, by=cast.student, content=pdf(), now=start), start


def url_of(cast: Cast, review, who) -> str:
    name, pk = ("review_file", review.pk) if who.is_staff else ("talk_file", review.presentation_id)
    return reverse(name, args=[cast.course.slug, pk])


def address_of(cast: Cast, review, who) -> str:
    answer = client_of(who).get(url_of(cast, review, who))
    assert answer.status_code == 302
    return answer["Location"]


def test_a_review_is_kept_in_the_bucket_under_a_random_key_and_fetched_by_a_presigned_address(
    cast: Cast, bucket, handed_in, s3
):
    review, _ = handed_in
    assert keys(bucket) == [review.file.name]
    assert re.fullmatch(r"reviews/[\w-]{32}\.pdf", review.file.name)
    for who in (cast.student, cast.assistant):
        address = address_of(cast, review, who)
        assert address.startswith(f"{s3}/talks/reviews/")
        query = {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
        assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256" and query["X-Amz-Expires"] == "300"
        assert query["X-Amz-Credential"].endswith("/us-west-2/s3/aws4_request") and len(query["X-Amz-Signature"]) == 64
        status, headers, body = fetch(address)
        assert status == 200 and body.startswith(b"%PDF-") and b"Fictive" not in body
        assert headers["content-disposition"] == f'attachment; filename="review-{review.presentation_id}.pdf"'
        assert headers["content-type"] == "application/pdf"
        with default_storage.open(review.file.name) as stored:
            assert stored.read() == body
        assert fetch(address.partition("?")[0])[0] == 403, "without the signature nobody reads it"


def test_a_review_that_is_sent_again_leaves_one_file_in_the_bucket(cast: Cast, bucket, handed_in):
    review, start = handed_in
    old = review.file.name
    again = factories.handed_in(review.presentation, by=cast.student, content=pdf(), now=start + timedelta(minutes=1))
    assert keys(bucket) == [again.file.name] and again.file.name != old
    with default_storage.open(again.file.name) as stored, pikepdf.open(stored) as opened:
        assert len(opened.pages) == 1


def test_who_may_not_read_a_review_gets_no_address(cast: Cast, handed_in):
    review, _ = handed_in
    others = (factories.member(review.presentation.team), cast.other_student)
    answers = [client_of(who).get(url_of(cast, review, who)) for who in others]
    assert [answer["Location"].partition("?")[0].endswith("/review") for answer in answers] == [True, True]
