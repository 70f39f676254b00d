"""An account's habits: what a robot and a person look like, and that memory is kept, saved and given back."""

import io
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signal_events import START, message

from frostgate.events import importers
from frostgate.events.importers.lines import Lines
from frostgate.events.model import Message
from frostgate.signals.habits import AHEAD, REMEMBERED, Habits, Read
from frostgate.signals.model import Unknown
from frostgate.signals.windows import SnapshotRefused

LI, WANG = ("acme", "li"), ("acme", "wang")
NOW = START.timestamp()
HOUR = 3600
PROMISE = "Dear {}, your account has won {} points, claim them today at https://prize.example/{} before they expire"
WORDS = [
    "build",
    "test",
    "branch",
    "lunch",
    "meeting",
    "server",
    "release",
    "review",
    "fix",
    "error",
    "queue",
    "cache",
    "slow",
    "green",
    "red",
    "now",
    "later",
    "who",
]


@pytest.fixture
def habits() -> Habits:
    return Habits()


def send(habits: Habits, *, after: float = 0, key: tuple[str, str] = LI, **said) -> Read:
    event = message(after=after, **said)
    assert isinstance(event.data, Message)
    return habits.observe(key, event.data, event.time.timestamp())


def reasons(read: Read) -> list[str | None]:
    return [value.reason if isinstance(value, Unknown) else None for value in read]


def test_of_a_first_message_only_the_recipient_is_known(habits: Habits) -> None:
    read = send(habits, text=PROMISE.format("Li", 5, 6))
    assert reasons(read) == ["too_few_messages", None, "too_few_gaps", "account_known_too_short", None]
    assert read[4] == 1


def test_a_form_letter_on_a_timer_is_recognised(habits: Habits) -> None:
    for n in range(21):
        read = send(habits, after=30 * n, conversation=f"stranger-{n}", text=PROMISE.format(f"Name{n}", n * n, n))
        assert read[4] == 1
    assert read[0] > 0.9
    assert read[2] < 0.01


def test_a_busy_person_is_not(habits: Habits) -> None:
    random = Random(7)
    at = 0.0
    for n in range(60):
        at += random.expovariate(1 / 40)
        text = " ".join(random.choices(WORDS, k=random.randint(6, 14)))
        read = send(habits, after=at, conversation=f"colleague-{n % 5}", text=text)
    assert read[0] < 0.4
    assert read[2] > 0.5
    assert read[4] == 0


def test_a_sender_who_takes_turns_with_three_forms_is_recognised(habits: Habits) -> None:
    forms = [" ".join([word] * 9) + " {}" for word in WORDS[:3]]
    for n in range(20):
        read = send(habits, after=60 * n, text=forms[n % 3].format(n))
    assert read[0] > 0.8


def test_a_message_without_text_or_with_a_short_one_leaves_likeness_as_it_was(habits: Habits) -> None:
    for n in range(16):
        read = send(habits, after=n, text=PROMISE.format("Li", n, n))
    assert reasons(send(habits, after=20, media=("picture",)))[:2] == ["no_text", "no_text"]
    short = send(habits, after=21, text="ok")
    assert short[0] == read[0]
    assert reasons(short)[1] == "text_too_short"


def test_a_pause_and_a_late_message_are_no_gaps(habits: Habits) -> None:
    for n in range(21):
        even = send(habits, after=10 * n)[2]
    assert even == 0.0
    assert send(habits, after=45)[2] == 0.0
    assert send(habits, after=200 + HOUR)[2] == 0.0
    assert send(habits, after=200 + HOUR + 10)[2] == 0.0
    assert send(habits, after=200 + HOUR + 40)[2] > 0.1


def test_whoever_never_rests_is_noticed_after_a_day(habits: Habits) -> None:
    for quarter in range(4 * 26):
        read = send(habits, after=900 * quarter)
        send(habits, after=900 * quarter if quarter % 96 < 64 else 900 * (quarter - quarter % 96 + 63), key=WANG)
        assert isinstance(read[3], Unknown) == (quarter < 96)
    assert read[3] == 0.0
    assert send(habits, after=27 * HOUR, key=WANG)[3] == 8.0


def test_tenants_and_accounts_are_apart(habits: Habits) -> None:
    send(habits, conversation="zhao")
    assert send(habits, conversation="zhao", key=WANG)[4] == 1
    assert send(habits, conversation="zhao", key=("globex", "li"))[4] == 1
    assert send(habits, conversation="zhao")[4] == 0


def plain(read: Read) -> tuple:
    return tuple(f"unknown: {value.reason}" if isinstance(value, Unknown) else value for value in read)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([LI, WANG]),
        st.sampled_from([-900.0, -1.0, 0.0, 0.1, 20.0, 20.5, 2000.0, 90_000.0]),
        st.sampled_from(
            [None, "ok", *(PROMISE.format(name, 1, 2) for name in ("a", "b c d e f g h i j")), " ".join(WORDS)]
        ),
        st.sampled_from(["zhao", "qian", "sun"]),
    ),
    max_size=80,
)


@given(STEPS, st.integers(0, 80))
def test_a_restart_and_a_sweep_change_nothing(steps: list, restart: int) -> None:
    straight, other = Habits(), Habits()
    at = latest = 0.0
    for number, (key, step, text, whom) in enumerate(steps):
        at += step
        latest = max(latest, at)
        if number == restart:
            saved, other = other.dump(), Habits()
            other.load(saved)
            assert other.dump() == saved
        other.sweep(NOW + latest, at_most=1)
        said = {"after": at, "key": key, "text": text, "conversation": whom}
        assert plain(send(straight, **said)) == plain(send(other, **said))


def test_the_idle_and_those_far_ahead_are_forgotten_in_small_steps(habits: Habits) -> None:
    for n in range(100):
        send(habits, key=("acme", f"idle-{n}"), text=PROMISE.format(n, n, n))
        send(habits, key=("acme", f"ahead-{n}"), after=REMEMBERED + 2 * AHEAD)
        send(habits, key=("acme", f"active-{n}"), after=REMEMBERED)
    assert habits.sweep(NOW + REMEMBERED + 1, at_most=30) <= 30
    assert len(habits) >= 270
    for _ in range(10):
        habits.sweep(NOW + REMEMBERED + 1, at_most=30)
    assert len(habits) == 100
    assert b"idle" not in habits.dump()
    assert send(habits, key=("acme", "active-1"), after=REMEMBERED)[4] == 0
    assert send(habits, key=("acme", "idle-1"), after=REMEMBERED + 1)[4] == 1


def test_nothing_is_kept_that_somebody_wrote(habits: Habits) -> None:
    send(habits, text="The secret password of the vault is swordfish and seven", conversation="zhao")
    send(habits, text="金库的密码是一条红色的鲤鱼,请不要告诉任何人知道", conversation="赵六")
    saved = habits.dump()
    for word in ("secret", "swordfish", "vault", "zhao", "密码", "鲤鱼", "赵六"):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert word.encode(encoding) not in saved


@pytest.mark.parametrize("saved", [b"", b"\xc1", b"\x92\xa8habits-0\x90", b"\x92\xa8habits-1\x01"])
def test_a_snapshot_that_is_damaged_or_of_another_shape_is_refused_and_nothing_changes(
    habits: Habits, saved: bytes
) -> None:
    send(habits, conversation="zhao")
    with pytest.raises(SnapshotRefused):
        habits.load(saved)
    assert send(habits, conversation="zhao")[4] == 0


CHAT = Path(__file__).resolve().parents[3] / "shared" / "data" / "chat"
LOGS = ("mediawiki.0", "mediawiki.1", "mediawiki.2", "rust.0", "rust.1", "rust.2")
BOTS = {"wikibugs", "gerrit-wm", "CIA-6", "wm-bot", "eval"}
EVENT_DRIVEN = {("mediawiki.0", "wikibugs"), ("mediawiki.0", "gerrit-wm"), ("mediawiki.2", "wikibugs")}


@pytest.fixture(scope="module")
def chats() -> dict[tuple[str, str], list[tuple]]:
    """All that was read of each speaker of the six real logs."""
    found = defaultdict(list)
    for name in LOGS:
        log = CHAT / f"{name}.ascii.txt"
        assert log.is_file(), f"the real log {log.name} is missing: it belongs into ../shared/data/chat"
        habits = Habits()
        for event in importers.events(Lines(io.BytesIO(log.read_bytes())), "irc", tenant_id="acme"):
            key = ("acme", event.data.account)
            found[name, event.data.account].append(plain(habits.observe(key, event.data, event.time.timestamp())))
    return found


def numbers(reads: list[tuple], place: int) -> list[float]:
    return [read[place] for read in reads if not isinstance(read[place], str)]


def test_likeness_tells_real_bots_from_real_people(chats) -> None:
    likeness = {who: numbers(reads, 0) for who, reads in chats.items()}
    people = {who: max(seen) for who, seen in likeness.items() if seen and who[1] not in BOTS}
    assert len(people) == 105
    assert max(people.values()) < 0.36
    assert all(min(likeness[who]) > 0.53 for who in EVENT_DRIVEN)


def test_no_real_person_is_as_regular_as_a_timer_and_none_goes_without_sleep(chats) -> None:
    people = [reads for who, reads in chats.items() if who[1] not in BOTS]
    assert min(min(seen) for reads in people if (seen := numbers(reads, 2))) > 0.5
    assert min(min(seen) for reads in people if (seen := numbers(reads, 3))) >= 8.0
    assert all(min(numbers(chats[who], 3)) <= 2.0 for who in EVENT_DRIVEN)


def test_templates_show_a_real_wave_of_spam_and_nothing_else(chats) -> None:
    """On 26 February 2019, nineteen accounts said the same sentence once each."""
    accounts = defaultdict(set)
    for who, reads in chats.items():
        for read in reads:
            if not str(read[1]).startswith("unknown"):
                accounts[read[1]].add(who)
    sizes = sorted((len(whose) for whose in accounts.values()), reverse=True)
    assert sizes[0] == 19
    assert sizes[1] <= 2
