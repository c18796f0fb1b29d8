"""Many at once: real threads on PostgreSQL's own connections, and on SQLite's one writer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from evidence.custody.models import Event
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from tests.custody.conftest import JONES, note, recording, sequence

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 16


def at_once(work, count=WRITERS):
    """Run `work(number)` in so many threads that start together; raises what any of them raised."""
    barrier = threading.Barrier(count)

    def one(number):
        try:
            barrier.wait(timeout=30)
            work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(one, number) for number in range(count)]:
            done.result(timeout=120)


def test_sixteen_writers_number_one_subject_without_a_gap():
    subject = recording()
    at_once(lambda _: [note(subject) for _ in range(5)])
    found = Event.objects.filter(subject_id=subject.id).order_by("subject_seq")
    assert list(found.values_list("subject_seq", flat=True)) == list(range(1, WRITERS * 5 + 1))


def test_writers_that_fail_in_between_leave_no_gap():
    subject = recording()

    class Broken(Exception):
        pass

    def fail():
        with act(actor=JONES) as deed:
            deed.record(Verb.NOTE_ADDED, subject, rule="own")
            raise Broken

    def work(number):
        if number % 2:
            with pytest.raises(Broken):
                fail()
        else:
            note(subject, times=3)

    at_once(work)
    numbers = sorted(sequence(subject))
    assert numbers == list(range(1, WRITERS // 2 * 3 + 1))


def test_acts_that_touch_the_same_subjects_in_opposite_order_do_not_block_each_other_for_ever():
    one, other = recording(), recording()

    def work(number):
        for _ in range(5):
            with act(actor=JONES) as deed:
                for subject in (one, other) if number % 2 else (other, one):
                    deed.record(Verb.NOTE_ADDED, subject, rule="own")

    at_once(work)
    expected = list(range(1, WRITERS * 5 + 1))
    assert sorted(sequence(one)) == sorted(sequence(other)) == expected
