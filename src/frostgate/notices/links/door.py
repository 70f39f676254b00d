"""How somebody comes in without an account to sign in with: by the link in a notice, then by a code that is sent to
where that very notice went.

The link alone says nothing and opens nothing. Made up, of something that is over, or too old: the answer is the same,
so nobody learns from it whether there is an account. What may be tried is counted in the database, and for each code
and each day, so that trying a million codes with a genuine link takes some ninety years.

Where a link leads is its room's own: an appeal, a check-up, a review.
"""

import hashlib
import math
import unicodedata
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import ClassVar, Generic, Protocol, TypeVar

import msgspec
import sqlalchemy as sa

from frostgate.base.ids import new_digits, new_secret
from frostgate.base.uow import Tx
from frostgate.base.vault import KeyMissing, Vault
from frostgate.notices import store as notices
from frostgate.notices.links import store
from frostgate.notices.links.errors import CodesTooOften, FormStale, LinkDead
from frostgate.notices.model import Notice

CODE_LASTS = timedelta(minutes=10)
TRIES = 5  # wrong codes, then another must be sent
ONE_EACH = timedelta(minutes=1)
DAY = timedelta(days=1)
MOST_FOR_A_NOTICE = 6  # codes a day
MOST_TO_AN_ADDRESS = 12  # for whatever notices; whoever reads there did not ask for all of them
VISIT_LASTS = timedelta(minutes=30)  # since the last look
VISIT_LONGEST = timedelta(hours=8)


class Leads(Protocol):
    """What every place has to which a link leads."""

    @property
    def notice(self) -> Notice: ...


P = TypeVar("P", bound=Leads)


class Door(ABC, Generic[P]):
    """Makes the links of one room and knows them again."""

    name: ClassVar[str]  # what our signatures are for: a link of one room opens nothing in another

    def __init__(self, vault: Vault, *, is_secure: bool) -> None:
        self.is_secure = is_secure  # whether cookies travel by https alone
        self._vault = vault

    @abstractmethod
    def find(self, connection: sa.Connection, link: str, *, at: datetime) -> P:
        """Where a link leads.

        Raises:
            LinkDead: nowhere. We do not say why.
        """

    @abstractmethod
    def told(self, tx: Tx, place: P, digits: str, *, until: datetime) -> None:
        """Owe the letter with the code, and state that it is sent."""

    @abstractmethod
    def opened(self, tx: Tx, place: P) -> None:
        """State that somebody proved with the code that they read where the notice went."""

    def link_of(self, notice_id: str) -> str | None:
        """The last part of the address that a notice names; None where there is no key to sign with."""
        try:
            return f"{notice_id}.{self._vault.sign(notice_id, purpose=self.name)}"
        except KeyMissing:
            return None

    def notice_of(self, connection: sa.Connection, link: str) -> Notice:
        """The notice whose link it is.

        Raises:
            LinkDead: we never made it.
        """
        notice_id, _, signature = link.partition(".")
        notice = notices.find_notice(connection, notice_id) if self._is_ours(notice_id, signature) else None
        if notice is None:
            raise LinkDead
        return notice

    def send_code(self, tx: Tx, place: P) -> None:
        """Send a code to where the notice went; those before count no more.

        Raises:
            CodesTooOften: one was sent a moment ago, or many today.
        """
        notice, digest = place.notice, _digest(place.notice.address)
        recent = store.codes_since(tx.connection, tx.now - DAY, notice_id=notice.id, address_digest=digest)
        own = [each for each in recent if each.notice_id == notice.id]
        if own:
            _wait_until(own[0].sent_at + ONE_EACH, tx.now)
        if len(own) >= MOST_FOR_A_NOTICE:
            _wait_until(own[MOST_FOR_A_NOTICE - 1].sent_at + DAY, tx.now)
        if len(recent) >= MOST_TO_AN_ADDRESS:
            _wait_until(recent[MOST_TO_AN_ADDRESS - 1].sent_at + DAY, tx.now)
        code_id, digits = tx.new_id(), new_digits(6)
        code = store.Code(
            id=code_id,
            notice_id=notice.id,
            address_digest=digest,
            digest=self._vault.sign(f"{code_id}:{digits}", purpose=f"{self.name} code"),
            sent_at=tx.now,
        )
        store.add_code(tx.connection, code, forget_before=tx.now - DAY)
        self.told(tx, place, digits, until=tx.now + CODE_LASTS)

    def take_code(self, tx: Tx, place: P, typed: str) -> str | None:
        """Take the code that somebody typed: the secret of their visit, or None where it is not right.

        Nothing is raised, because a wrong one is counted and that must be saved.
        """
        since = tx.now - CODE_LASTS
        sent = store.codes_since(tx.connection, since, notice_id=place.notice.id, address_digest="")
        code = sent[0] if sent else None
        if code is None or code.is_used or code.wrong >= TRIES or tx.now >= code.sent_at + CODE_LASTS:
            return None
        digits = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign.isdecimal())
        if not self._vault.is_signed(f"{code.id}:{digits}", code.digest, purpose=f"{self.name} code"):
            store.save_code(tx.connection, msgspec.structs.replace(code, wrong=code.wrong + 1))
            return None
        store.save_code(tx.connection, msgspec.structs.replace(code, is_used=True))
        secret = new_secret()
        visit = store.Visit(digest=_digest(secret), notice_id=place.notice.id, began_at=tx.now, seen_at=tx.now)
        store.add_visit(tx.connection, visit, forget_before=tx.now - VISIT_LONGEST)
        self.opened(tx, place)
        return secret

    def visit(self, connection: sa.Connection, place: P, secret: str | None, *, at: datetime) -> store.Visit | None:
        """The visit that a cookie stands for, as long as it lasts and only at the place for which the code was."""
        found = store.find_visit(connection, _digest(secret)) if secret else None
        if found is None or found.notice_id != place.notice.id:
            return None
        return found if at < min(found.seen_at + VISIT_LASTS, found.began_at + VISIT_LONGEST) else None

    def form_token(self, visit: store.Visit) -> str:
        """What every form of a visit carries, and no other page can know."""
        return self._vault.sign(visit.digest, purpose=f"{self.name} form")

    def must_be_ours(self, visit: store.Visit, token: str) -> None:
        """Pass where a form came from a page of this visit.

        Raises:
            FormStale: it did not.
        """
        if not self._vault.is_signed(visit.digest, token, purpose=f"{self.name} form"):
            raise FormStale

    def _is_ours(self, notice_id: str, signature: str) -> bool:
        try:
            return self._vault.is_signed(notice_id, signature, purpose=self.name)
        except KeyMissing:
            return False


def _wait_until(until: datetime, now: datetime) -> None:
    seconds = math.ceil((until - now).total_seconds())
    if seconds > 0:
        raise CodesTooOften(retry_after=seconds, minutes=math.ceil(seconds / 60))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
