"""Whom an account wrote to before."""

from signal_events import message

from frostgate.events.model import Message
from frostgate.signals.acquaintance import KEPT, meet


def to(*recipients: str, **said) -> Message:
    data = message(recipients=recipients or None, **said).data
    assert isinstance(data, Message)
    return data


def test_a_recipient_is_new_once() -> None:
    known, new = meet("", to("wang"))
    assert new == 1
    known, new = meet(known, to("wang", "zhao"))
    assert new == 1
    assert meet(known, to("zhao", "wang"))[1] == 0


def test_one_event_counts_a_name_once() -> None:
    assert meet("", to("wang", "wang"))[1] == 1


def test_without_names_the_conversation_is_who_is_written_to() -> None:
    known, new = meet("", to(conversation="wang"))
    assert new == 1
    assert meet(known, to(conversation="wang", recipient_count=40))[1] == 0
    assert meet(known, to(conversation="zhao"))[1] == 1


def test_a_group_counts_as_one_whoever_belongs_to_it() -> None:
    people = tuple(f"person-{n}" for n in range(200))
    known, new = meet("", to(*people, conversation="all", conversation_kind="group"))
    assert new == 1
    assert meet(known, to(*people, "another", conversation="all", conversation_kind="group"))[1] == 0
    assert meet(known, to("person-7"))[1] == 1
    assert meet(known, to("all"))[1] == 1


def test_the_latest_are_kept_and_those_not_written_to_are_forgotten() -> None:
    known, _ = meet("", to("colleague"))
    for n in range(4 * KEPT):
        known, _ = meet(known, to(f"stranger-{n}"))
        if n % 100 == 0:
            assert meet(known, to("colleague"))[1] == 0
            known, _ = meet(known, to("colleague"))
    assert len(known) == KEPT
    assert meet(known, to("stranger-0"))[1] == 1
    assert meet(known, to("colleague"))[1] == 0


def test_strangers_pass_for_known_as_rarely_as_stated() -> None:
    known, _ = meet("", to(*(f"friend-{n}" for n in range(KEPT))))
    assert len(known) >= KEPT - 2
    missed = sum(not meet(known, to(f"stranger-{n}"))[1] for n in range(20_000))
    assert 20 <= missed <= 160  # 0.4 % are 80


def test_known_recipients_can_be_saved() -> None:
    known, _ = meet("", to(*(f"friend-{n}" for n in range(5000))))
    assert known.encode().decode() == known
