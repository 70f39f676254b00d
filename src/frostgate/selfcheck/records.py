"""What is kept of strangers: that somebody asked for a code, that somebody reported a fake notice. Pure."""

import hashlib
import hmac
from datetime import datetime, timedelta

import msgspec

from frostgate.base.ids import typed_code
from frostgate.base.model import Actor, Fact

CODE_LASTS = timedelta(minutes=10)
CODE_LENGTH = 8  # 32^8 codes, five tries: one guesser in 2 * 10^11 is right
TRIES = 5
MOST_ASKS = 3  # for one account within ASKS_WITHIN, whoever asks
ASKS_WITHIN = timedelta(minutes=15)

LONGEST_REPORT = 4000  # letters
LONGEST_SOURCE = 200


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants a code for an account that they named; it may not exist. `id` is told to who asked, and is secret.

    So a code counts for who asked for it alone: nobody else can use up its tries.
    """

    id: str
    tenant_id: str
    account_id: str
    asked_at: datetime
    is_looked_up: bool = False
    code_digest: str = ""  # of a secret that nobody was sent, where there is nobody to send one to
    wrong: int = 0

    def sent(self, code: str) -> "Ask":
        """The ask once its code is on its way."""
        return msgspec.structs.replace(self, is_looked_up=True, code_digest=_digest(code))

    def reply(self, code: str, *, at: datetime) -> tuple["Ask", bool]:
        """Take a code: the ask as it stands now, and whether this opens the account. It does so once.

        The same is computed whatever is wrong with the code.
        """
        fits = hmac.compare_digest(_digest(code), self.code_digest)
        is_open = self.wrong < TRIES and at - self.asked_at < CODE_LASTS
        if fits and is_open:
            return msgspec.structs.replace(self, code_digest=""), True
        return msgspec.structs.replace(self, wrong=self.wrong + 1), False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that somebody believes is not ours, as they told us."""

    id: str
    text: str
    source: str
    contact: str
    reported_at: datetime
    looked_at: datetime | None = None
    looked_by: Actor | None = None


class StandingShown(Fact, frozen=True, kw_only=True):
    """Somebody who reads an account's mail was shown how the account stands."""

    name = "self_check.standing_shown"

    account_id: str


class FakeNoticeReported(Fact, frozen=True, kw_only=True):
    """Somebody reported a notice as fake. What they said stands in the report."""

    name = "fake_notice.reported"

    report_id: str


class FakeNoticeLookedAt(Fact, frozen=True, kw_only=True):
    """Somebody of the platform's staff looked at a report."""

    name = "fake_notice.looked_at"

    report_id: str


class FakeNoticesForgotten(Fact, frozen=True, kw_only=True):
    """Reports were deleted because they were kept for as long as they are to be."""

    name = "fake_notice.forgotten"

    report_ids: tuple[str, ...]


def _digest(code: str) -> str:
    return hashlib.sha256(typed_code(code).encode("utf-8", "replace")).hexdigest()
