"""The self-check: from a symptom, by three questions at most, to what is likely behind it and what to do. Pure.

One table, read from the top: each symptom begins with a question, each answer leads to another question or to a likely
cause, and each cause says where to go. The words are in `base/sentences/selfcheck.py`, by these names.
"""

import enum
from collections.abc import Mapping, Sequence

import msgspec

MOST_QUESTIONS = 3


class Symptom(enum.StrEnum):
    """What somebody notices."""

    SIGN_IN_REFUSED = "sign_in_refused"
    SENDING_FAILS = "sending_fails"
    CALLS_STOPPED = "calls_stopped"
    NOTICE_CAME = "notice_came"
    NOTHING_CONNECTS = "nothing_connects"


class Likely(enum.StrEnum):
    """What is likely behind it. Those from NETWORK on have nothing to do with a freeze, and we say so."""

    FROZEN = "frozen"
    CHALLENGED = "challenged"
    LIMITED = "limited"
    ARREARS = "arrears"
    STANDING = "standing"  # nothing else explains it: look at the account
    GENUINE = "genuine"
    FAKE = "fake"
    NETWORK = "network"
    DEVICE = "device"
    APP = "app"
    PASSWORD = "password"  # noqa: S105 - a cause, not a password
    OTHER_SIDE = "other_side"
    SERVICE = "service"


class Place(enum.StrEnum):
    """Where to go next."""

    ACCOUNT = "account"
    HELP = "help"
    VERIFY = "verify"
    FRAUD = "fraud"
    CONNECTION = "connection"


class Question(msgspec.Struct, frozen=True):
    """One question, and where each answer leads."""

    id: str
    answers: Mapping[str, "Question | Likely"]


_OTHER_DEVICE = Question("other_device", {"yes": Likely.DEVICE, "no": Likely.SERVICE})

_SIGN_IN = Question(
    "sign_in_says",
    {
        "state": Likely.FROZEN,
        "verify": Likely.CHALLENGED,
        "arrears": Likely.ARREARS,
        "password": Likely.PASSWORD,
        "nothing": Question("other_network", {"yes": Likely.NETWORK, "no": _OTHER_DEVICE}),
    },
)

_SENDING = Question(
    "sending_says",
    {
        "verify": Likely.CHALLENGED,
        "state": Likely.LIMITED,
        "arrears": Likely.ARREARS,
        "nothing": Question(
            "other_network",
            {
                "yes": Likely.NETWORK,
                "no": Question("to_everybody", {"yes": Likely.STANDING, "no": Likely.OTHER_SIDE}),
            },
        ),
    },
)

_CALLS = Question(
    "calls_say",
    {
        "state": Likely.LIMITED,
        "verify": Likely.CHALLENGED,
        "arrears": Likely.ARREARS,
        "nothing": Question(
            "messages_go",
            {
                "yes": Question("microphone_elsewhere", {"yes": Likely.STANDING, "no": Likely.DEVICE}),
                "no": Question("other_network", {"yes": Likely.NETWORK, "no": Likely.STANDING}),
            },
        ),
    },
)

_NOTICE = Question(
    "notice_asks",
    {
        "yes": Likely.FAKE,
        "no": Question("notice_verified", {"yes": Likely.GENUINE, "no": Likely.FAKE}),
    },
)

_CONNECTING = Question(
    "others_connect",
    {
        "no": Likely.NETWORK,
        "yes": Question("app_is_new", {"no": Likely.APP, "yes": _OTHER_DEVICE}),
    },
)

BEGINS: Mapping[Symptom, Question] = {
    Symptom.SIGN_IN_REFUSED: _SIGN_IN,
    Symptom.SENDING_FAILS: _SENDING,
    Symptom.CALLS_STOPPED: _CALLS,
    Symptom.NOTICE_CAME: _NOTICE,
    Symptom.NOTHING_CONNECTS: _CONNECTING,
}

GOES_TO: Mapping[Likely, tuple[Place, ...]] = {
    Likely.FROZEN: (Place.ACCOUNT, Place.HELP),
    Likely.CHALLENGED: (Place.HELP, Place.ACCOUNT),
    Likely.LIMITED: (Place.ACCOUNT, Place.HELP),
    Likely.ARREARS: (Place.ACCOUNT, Place.HELP),
    Likely.STANDING: (Place.ACCOUNT, Place.CONNECTION),
    Likely.GENUINE: (Place.HELP, Place.ACCOUNT),
    Likely.FAKE: (Place.FRAUD, Place.VERIFY),
    Likely.NETWORK: (Place.CONNECTION,),
    Likely.DEVICE: (Place.CONNECTION,),
    Likely.APP: (Place.CONNECTION,),
    Likely.PASSWORD: (Place.FRAUD,),
    Likely.OTHER_SIDE: (Place.ACCOUNT,),
    Likely.SERVICE: (Place.CONNECTION, Place.ACCOUNT),
}


def follow(symptom: Symptom, answers: Sequence[str]) -> Question | Likely | None:
    """Where these answers lead: the next question, or what is likely; None where they are no answers to it."""
    found: Question | Likely | None = BEGINS[symptom]
    for answer in answers:
        if not isinstance(found, Question):
            return None
        found = found.answers.get(answer)
    return found
