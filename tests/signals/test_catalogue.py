import pytest

from frostgate.events.model import EventType
from frostgate.signals import words
from frostgate.signals.catalogue import catalogue, window_problems
from frostgate.signals.model import SignalType, Window


def window(**given) -> Window:
    spec = {"name": "w", "on": EventType.MESSAGE, "by": "account", "kind": "count", "of": None, "over": 60}
    return Window(**(spec | given))


@pytest.mark.parametrize("on", EventType)
def test_every_signal_is_described_in_both_languages(on: EventType):
    for name, signal in catalogue(on, [window(on=on)]).items():
        assert signal.name == name
        assert signal.says["zh-CN"]
        assert signal.says["en"]


def test_no_description_is_left_of_a_signal_that_went_away():
    names = {name for on in EventType for name in catalogue(on)}
    assert names >= set(words._FIELDS) | set(words._DERIVED)


def test_a_message_has_these_signals_in_this_order():
    windows = [window(name="people", kind="distinct", of="recipients"), window(name="pace", kind="rate")]
    types = {name: signal.type.value for name, signal in catalogue(EventType.MESSAGE, windows).items()}
    assert list(types.items()) == [
        ("message.account", "string"),
        ("message.conversation", "string"),
        ("message.conversation_kind", "string"),
        ("message.recipients", "list(string)"),
        ("message.recipient_count", "int"),
        ("message.failed", "int"),
        ("message.text", "string"),
        ("message.media", "list(string)"),
        ("message.ip", "string"),
        ("message.device", "string"),
        ("geo.located", "bool"),
        ("geo.country", "string"),
        ("geo.city", "string"),
        ("network.kind", "string"),
        ("network.suspicious", "bool"),
        ("network.trusted", "bool"),
        ("device.sent", "bool"),
        ("device.known", "bool"),
        ("message.fan_out", "int"),
        ("message.likeness_known", "bool"),
        ("message.likeness", "double"),
        ("message.template_known", "bool"),
        ("message.template", "string"),
        ("message.gap_variation", "double"),
        ("message.longest_rest_hours", "double"),
        ("message.new_recipients", "int"),
        ("account.kind", "string"),
        ("profile.declared", "bool"),
        ("profile.messages_a_minute", "int"),
        ("profile.recipients_an_hour", "int"),
        ("profile.api_calls_a_minute", "int"),
        ("profile.covers_address", "bool"),
        ("window.people", "int"),
        ("window.pace", "double"),
    ]


def test_only_logins_travel_and_a_window_shows_only_on_its_own_events():
    assert "travel.least_kmh" in catalogue(EventType.LOGIN)
    assert "travel.least_kmh" not in catalogue(EventType.MESSAGE)
    assert "window.w" not in catalogue(EventType.LOGIN, [window()])
    assert "geo.city" not in catalogue(EventType.REPORT)
    assert catalogue(EventType.LOGIN)["login.second_factor"].type is SignalType.BOOL


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"by": "tenant"},
        {"by": "ip", "where": {"conversation_kind": "group"}},
        {"kind": "sum", "of": "recipient_count"},
        {"kind": "sum", "of": "fan_out"},
        {"kind": "distinct", "of": "recipients"},
        {"on": EventType.API, "by": "key", "where": {"status": 429}},
    ],
)
def test_a_good_window_has_no_problems(given: dict):
    assert window_problems(window(**given)) == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"name": "Two words"}, "name: `Two words` must be"),
        ({"over": 0}, "over: must be between"),
        ({"by": "moon"}, "by: `moon` is none of account, ip, network, device, key, tenant, template, account_at_ip"),
        ({"by": "key"}, "by: message events have no key"),
        ({"on": EventType.BILLING, "by": "ip"}, "by: billing events have no ip"),
        ({"kind": "median"}, "kind: `median` is none of"),
        ({"of": "text"}, "of: a count counts events and takes no `of`"),
        ({"kind": "sum"}, "of: a sum needs the field that it is of"),
        ({"kind": "sum", "of": "text"}, "of: a sum needs an int, and `text` is a string"),
        ({"kind": "distinct", "of": "colour"}, "of: message events have no `colour`; there are account"),
        ({"where": {"colour": "red"}}, "where.colour: message events have no such field"),
        ({"where": {"conversation_kind": "crowd"}}, "where.conversation_kind: Invalid enum value 'crowd'"),
        ({"where": {"recipients": "li"}}, "where.recipients: a list cannot be compared here"),
    ],
)
def test_a_bad_window_says_which_part_is_wrong(given: dict, problem: str):
    (found,) = window_problems(window(**given))
    assert found.startswith(problem)


def test_a_window_describes_itself():
    says = catalogue(EventType.LOGIN, [window(on=EventType.LOGIN, by="ip", where={"outcome": "failure"})])
    assert says["window.w"].says == {
        "zh-CN": "最近 60 秒内每个 IP 地址（IPv6 按 /64）的login 事件数（仅 outcome = failure）",
        "en": "For each IP address (IPv6: each /64), in the last 60 seconds: login events (only outcome = failure)",
    }
