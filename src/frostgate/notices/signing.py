"""What we sign of a notice: the link in it, and the seal in the headers of its mail.

The link's signature says that code, time and sort belong together: what /verify shows for a link that somebody changed
would be about another notice than the one that came, so it says that the link was changed instead.

The seal goes to the reader alone, and no page or answer shows it: a delivery report that returns it is about the mail
that we sent to this address. Id, code and Message-ID prove nothing of the kind, because others may read them.
"""

from frostgate.base.clock import iso
from frostgate.base.vault import KeyMissing, Vault
from frostgate.notices.model import Notice

SEAL = "X-Frostgate-Receipt"  # the header with which a mail is sealed

_PURPOSE = "notice"
_SEAL = "mail of a notice"


def signature(vault: Vault, notice: Notice) -> str:
    """The signature; "" where there is no key: a notice is owed all the same, and its code still proves it."""
    try:
        return vault.sign(_text(notice), purpose=_PURPOSE)
    except KeyMissing:
        return ""


def is_signed(vault: Vault, notice: Notice, given: str) -> bool:
    """Whether we signed this notice so."""
    try:
        return vault.is_signed(_text(notice), given, purpose=_PURPOSE)
    except KeyMissing:
        return False


def seal(vault: Vault, notice_id: str, address: str) -> str:
    """What the mail of a notice to an address carries; "" where there is no key: its reports count for nothing then."""
    try:
        return f"{notice_id}.{vault.sign(_sealed(notice_id, address), purpose=_SEAL)}"
    except KeyMissing:
        return ""


def is_sealed(vault: Vault, notice: Notice, given: str) -> bool:
    """Whether this seal came back from the mail of this notice, to its address.

    Raises:
        KeyMissing: the key with which we sealed it is not here.
    """
    notice_id, _, signature = given.partition(".")
    return notice_id == notice.id and vault.is_signed(_sealed(notice.id, notice.address), signature, purpose=_SEAL)


def _sealed(notice_id: str, address: str) -> str:
    return f"{notice_id}\n{address}"


def _text(notice: Notice) -> str:
    """What is signed: fixed from the moment at which the notice became owed."""
    return "\n".join((notice.code, iso(notice.owed_at), notice.template.value))
