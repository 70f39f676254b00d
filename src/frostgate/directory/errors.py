"""What the directory refuses."""

from frostgate.base.errors import Conflict, Forbidden, NotFound, Refused, Unauthenticated


class TenantUnknown(NotFound):
    """There is no such tenant."""

    code = "tenant.unknown"


class TenantExists(Conflict):
    """The id is taken."""

    code = "tenant.exists"


class TenantIdUnusable(Refused):
    """The text cannot be a tenant's id."""

    code = "tenant.id_unusable"


class TimeZoneUnknown(Refused):
    """IANA knows no such time zone."""

    code = "tenant.time_zone_unknown"


class AccountUnknown(NotFound):
    """The tenant registered no such account."""

    code = "account.unknown"


class AccountIdUnusable(Refused):
    """The text cannot be an account's id."""

    code = "account.id_unusable"


class AccountRepeated(Refused):
    """A batch describes one account twice, and we will not guess which description counts."""

    code = "account.repeated"


class TooManyAccounts(Refused):
    """A batch is larger than we take at once."""

    code = "account.too_many"


class OperatorUnknown(NotFound):
    """There is no such operator."""

    code = "operator.unknown"


class EmailTaken(Conflict):
    """Another operator has this address."""

    code = "operator.email_taken"


class EmailUnusable(Refused):
    """The text is no email address."""

    code = "operator.email_unusable"


class PasswordWeak(Refused):
    """The password is too easily guessed."""

    code = "operator.password_weak"


class RoleNeedsTenant(Refused):
    """A role of a tenant's own people, without a tenant."""

    code = "operator.role_needs_tenant"


class RoleIsForStaff(Refused):
    """A role of the platform's own staff, for somebody of a tenant."""

    code = "operator.role_is_for_staff"


class RoleIsForMachines(Refused):
    """A machine's role, for a person."""

    code = "operator.role_is_for_machines"


class LastSuperintendent(Conflict):
    """Without this one, nobody could manage the platform any more."""

    code = "operator.last_superintendent"


class LastOwner(Conflict):
    """Without this one, nobody of the tenant could manage it any more."""

    code = "operator.last_owner"


class OperatorsAlreadyExist(Conflict):
    """The first superintendent is made once; later ones are added by somebody."""

    code = "operator.already_exist"


class OwnAccount(Forbidden):
    """One's own password and factors are changed in a session of one's own, with a proof; not as an operator's."""

    code = "operator.own_account"


class TokenUnknown(NotFound):
    """There is no such token."""

    code = "token.unknown"


class TokenRoleUnusable(Refused):
    """The token's purpose and its role do not go together."""

    code = "token.role_unusable"


class LifetimeUnusable(Refused):
    """A token that expires before it begins."""

    code = "token.lifetime_unusable"


class CredentialInvalid(Unauthenticated):
    """The credential is unknown, expired or revoked; we do not say which."""

    code = "auth.invalid"


class WrongCredentials(Unauthenticated):
    """No active operator has this address and password; we do not say which of the two is wrong."""

    code = "auth.wrong_credentials"


class TooManyAttempts(Refused):
    """Too many failed sign-ins; `retry_after` says in how many seconds the next one is looked at."""

    code = "auth.too_many_attempts"


class GrantsTooMuch(Forbidden):
    """Nobody grants, or manages who holds, more than they hold themselves."""

    code = "auth.grants_too_much"
