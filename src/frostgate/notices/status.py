"""What a mail server's enhanced status (RFC 3463) says of an address, at once or in a report. Pure."""

import re

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")

# Of the address itself: RFC 3463, section 3.2 (but 7 and 8 are about who sends), a disabled mailbox, a domain that
# nobody answers for. Whatever else is permanent (too large, unwanted, full) says nothing of the next mail.
_NOT_OF_THE_READER = {7, 8}


def says_nobody_is_there(status: str, diagnosis: str = "") -> bool:
    """Whether the address itself does not work. Where the status says nothing (`5.0.0`), the diagnosis may."""
    found = _STATUS.search(status)
    if found is None or (found[2], found[3]) == ("0", "0"):
        found = _STATUS.search(diagnosis)
    if found is None or found[1] != "5":
        return False
    subject, detail = int(found[2]), int(found[3])
    return (subject == 1 and detail not in _NOT_OF_THE_READER) or (subject, detail) in {(2, 1), (4, 4)}
