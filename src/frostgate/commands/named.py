"""In whose name a command acts. For the record, not a lock: whoever runs a command can write to the database."""

from typing import TYPE_CHECKING

import click

from frostgate.base.errors import Forbidden
from frostgate.directory.model import Operator, normal_email
from frostgate.directory.permissions import PERMISSIONS, Permission

if TYPE_CHECKING:
    from frostgate.app import Program

as_option = click.option("--as", "email", required=True, help="The operator in whose name this is done.")


def operator_named(program: "Program", email: str, *, needs: Permission) -> Operator:
    """The operator by that address, who may do what the command does.

    Raises:
        EmailUnusable: that is no address.
        OperatorUnknown: nobody by that address may sign in.
        Forbidden: their role does not allow it.
    """
    from frostgate.directory.credentials import find_credentials
    from frostgate.directory.errors import OperatorUnknown

    with program.uow.look() as connection:
        found = find_credentials(connection, email=normal_email(email))
    if found is None or not found[0].active:
        raise OperatorUnknown(email=email)
    if needs not in PERMISSIONS[found[0].role]:
        raise Forbidden
    return found[0]
