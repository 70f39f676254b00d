"""People of a tenant who are told of what concerns them, added as an administrator adds them."""

import re

from servers import Mail
from world import Letter, World

CONTACTS = "/v1/tenants/acme/contacts"


def has_contact(world: World, address: str = "lin@acme.example", role: str = "security") -> str:
    """A contact of the tenant who sent back the code; their id."""
    body = {"name": address.partition("@")[0].title(), "role": role, "email": address, "language": "en"}
    contact: str = world.boss().does("POST", CONTACTS, json=body)["id"]

    def asks(mail: Mail) -> bool:
        return mail.to == address and "Reply code" in Letter(mail.content).text

    [mail] = world.mailbox.wait_for(asks)
    code = re.search(r"Reply code\s+(\w{10})\s", Letter(mail.content).text)
    assert code is not None
    world.boss().does("POST", f"{CONTACTS}/{contact}/email/confirmation", json={"code": code[1]})
    return contact
