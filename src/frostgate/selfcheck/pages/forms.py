"""What browsers send with a form, within limits. Pure."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from frostgate.directory.model import is_name

MOST_BYTES = 64 * 1024  # 4,000 Chinese letters are 36 KB once a browser has encoded them


def fields(body: bytes) -> Mapping[str, str]:
    """The form's fields (application/x-www-form-urlencoded), without white space around them; {} where it is none."""
    if len(body) > MOST_BYTES:
        return {}
    try:
        found = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="replace")
    except ValueError:
        return {}
    return {name: _clean(value).strip() for name, value in found}


def named(given: Mapping[str, str]) -> tuple[str, str] | None:
    """The tenant and the account that a form names; None where either cannot be a name."""
    tenant_id, account_id = given.get("tenant", "").lower(), given.get("account", "")
    return (tenant_id, account_id) if is_name(tenant_id) and is_name(account_id) else None


def _clean(text: str) -> str:
    """Without what PostgreSQL cannot store and nobody can read; lines stay lines."""
    return "".join(each for each in text.replace("\r\n", "\n") if each == "\n" or each.isprintable())
