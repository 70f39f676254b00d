"""Who may do what: one table, read by the guard and by nothing else. Pure."""

import enum
from collections.abc import Mapping


class Permission(enum.StrEnum):
    """One thing that a route may ask for."""

    PUBLIC = "public"  # asks for nothing: anybody, without a credential
    SELF = "self"  # one's own session and password
    EVENTS_WRITE = "events.write"
    GATE_ASK = "gate.ask"
    DECISIONS_READ = "decisions.read"
    CASES_READ = "cases.read"
    CASES_DECIDE = "cases.decide"
    CASES_ASSIGN = "cases.assign"  # give somebody a case, and say what people are good at
    BULK_PROPOSE = "bulk.propose"  # to freeze or release many accounts
    BULK_APPROVE = "bulk.approve"
    DOCUMENTS_REMOVE = "documents.remove"  # before their time
    BANS_PROPOSE = "bans.propose"
    BANS_APPROVE = "bans.approve"
    STANDING_READ = "standing.read"  # of a tenant as a whole: nothing about any account
    HOLDS_READ = "holds.read"
    HOLDS_PLACE = "holds.place"
    CONDITIONS_REPORT = "conditions.report"
    POLICIES_READ = "policies.read"
    POLICIES_CHECK = "policies.check"
    POLICIES_PUBLISH = "policies.publish"
    NOTICES_READ = "notices.read"
    CONTACTS_READ = "contacts.read"  # whom of a tenant we tell what, and when
    CONTACTS_WRITE = "contacts.write"
    JOURNAL_READ = "journal.read"
    TENANTS_READ = "tenants.read"
    TENANTS_WRITE = "tenants.write"
    MANAGERS_WRITE = "managers.write"  # who of our staff looks after a tenant
    PORTFOLIO_READ = "portfolio.read"  # one's own tenants, and how they fare
    REGISTRATIONS_WRITE = "registrations.write"  # what papers are compared with: nobody of the tenant may
    ACCOUNTS_READ = "accounts.read"
    ACCOUNTS_WRITE = "accounts.write"
    OPERATORS_READ = "operators.read"
    OPERATORS_WRITE = "operators.write"
    OWNERS_WRITE = "owners.write"  # make and unmake the owners of a tenant
    TOKENS_WRITE = "tokens.write"
    EMERGENCIES_READ = "emergencies.read"
    EMERGENCIES_OPEN = "emergencies.open"  # break the glass: for one tenant
    EMERGENCIES_OPEN_ALL = "emergencies.open_all"  # for the whole platform
    EMERGENCIES_END = "emergencies.end"  # somebody else's
    TRIPS_READ = "trips.read"
    TRIPS_WRITE = "trips.write"
    TRIPS_APPROVE = "trips.approve"
    NETWORKS_READ = "networks.read"
    NETWORKS_WRITE = "networks.write"
    FACTORS_READ = "factors.read"
    FACTORS_WRITE = "factors.write"  # for the holder, who proves each change
    FACTORS_REMOVE = "factors.remove"  # one that is lost, on the word of whoever verified who the holder is
    CHALLENGES_ANSWER = "challenges.answer"
    CHECK_UPS_READ = "check_ups.read"  # and the reviews of each quarter
    CHECK_UPS_TENANT = "check_ups.tenant"  # the tenant's part of check-ups, and its reviews to confirm
    CHECK_UPS_OWN = "check_ups.own"  # for the holder
    LIMITS_READ = "limits.read"
    LIMITS_WRITE = "limits.write"
    LIMITS_TAKE = "limits.take"
    BATCH_WINDOWS_WRITE = "batch_windows.write"
    BILLING_READ = "billing.read"
    BILLING_POST = "billing.post"
    BILLING_APPROVE = "billing.approve"  # what somebody else proposed
    BILLING_PROMISE = "billing.promise"  # to pay by a day; a finance operator agrees
    BILLING_ANSWER = "billing.answer"  # statements, and who is told of what, in the name of the tenant
    BILLING_PUBLISH = "billing.publish"  # price lists and plans, and which tenant has which


class Role(enum.StrEnum):
    """What somebody, or some machine, is here to do."""

    SUPERINTENDENT = "superintendent"
    LEAD = "lead"
    REVIEWER = "reviewer"
    POLICY_AUTHOR = "policy_author"
    POLICY_PUBLISHER = "policy_publisher"
    AUDITOR = "auditor"
    CUSTOMER_SUCCESS = "customer_success"
    FINANCE = "finance"
    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    SECURITY = "security"
    TENANT_FINANCE = "tenant_finance"  # `finance` is the platform's own
    MEMBER = "member"
    INGEST = "ingest"
    GATE = "gate"
    VERIFIER = "verifier"
    PORTAL = "portal"  # the platform's own account pages, for the holder who is signed in there


P = Permission

_SEES_OWN = frozenset({P.STANDING_READ, P.SELF})
_SEES_DECLARED = frozenset({P.TRIPS_READ, P.NETWORKS_READ, P.FACTORS_READ, P.LIMITS_READ})
_SEES_PEOPLE = (
    _SEES_DECLARED
    | {P.TENANTS_READ, P.ACCOUNTS_READ, P.HOLDS_READ, P.NOTICES_READ, P.CONTACTS_READ, P.CHECK_UPS_READ}
    | _SEES_OWN
)
_DECLARES = frozenset(
    {
        P.CONTACTS_WRITE,
        P.TRIPS_WRITE,
        P.TRIPS_APPROVE,
        P.NETWORKS_WRITE,
        P.BATCH_WINDOWS_WRITE,
        P.CHECK_UPS_TENANT,
    }
)
_REVIEWS = _SEES_PEOPLE | {
    P.DECISIONS_READ,
    P.CASES_READ,
    P.CASES_DECIDE,
    P.BULK_PROPOSE,
    P.BANS_PROPOSE,
    P.HOLDS_PLACE,
    P.POLICIES_READ,
}
_BREAKS_GLASS = frozenset({P.EMERGENCIES_READ, P.EMERGENCIES_OPEN, P.EMERGENCIES_END})
_WRITES_POLICY = frozenset({P.DECISIONS_READ, P.HOLDS_READ, P.POLICIES_READ, P.POLICIES_CHECK, P.TENANTS_READ, P.SELF})

# Of a tenant. Whoever manages people may do all that they may, so nobody hands out more than they hold.
_SECURES = _SEES_PEOPLE | {P.TRIPS_WRITE, P.TRIPS_APPROVE, P.NETWORKS_WRITE, P.FACTORS_REMOVE, P.OPERATORS_READ}
_PAYS = _SEES_OWN | {P.TENANTS_READ, P.BILLING_READ, P.BILLING_PROMISE, P.BILLING_ANSWER}
_ADMINISTERS = _SECURES | _PAYS | _DECLARES | {P.ACCOUNTS_WRITE, P.OPERATORS_WRITE, P.TOKENS_WRITE, P.EMERGENCIES_READ}

# Nobody of a tenant reads decisions or cases: they hold rules and thresholds that help an attacker.
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.SUPERINTENDENT: frozenset(Permission),
    Role.LEAD: _REVIEWS
    | {
        P.CASES_ASSIGN,
        P.DOCUMENTS_REMOVE,
        P.BULK_APPROVE,
        P.BANS_APPROVE,
        P.POLICIES_CHECK,
        P.JOURNAL_READ,
        P.OPERATORS_READ,
        P.FACTORS_REMOVE,
        P.MANAGERS_WRITE,
        P.REGISTRATIONS_WRITE,
    }
    | _BREAKS_GLASS
    | {P.EMERGENCIES_OPEN_ALL},
    Role.REVIEWER: _REVIEWS,
    Role.POLICY_AUTHOR: _WRITES_POLICY,
    Role.POLICY_PUBLISHER: _WRITES_POLICY | {P.POLICIES_PUBLISH, P.JOURNAL_READ},
    Role.AUDITOR: _SEES_PEOPLE
    | {P.DECISIONS_READ, P.CASES_READ, P.POLICIES_READ, P.JOURNAL_READ, P.OPERATORS_READ, P.BILLING_READ}
    | {P.EMERGENCIES_READ},
    Role.CUSTOMER_SUCCESS: _SEES_PEOPLE
    | _BREAKS_GLASS
    | {P.CASES_READ, P.BILLING_READ, P.OPERATORS_READ, P.MANAGERS_WRITE, P.PORTFOLIO_READ}
    | {P.REGISTRATIONS_WRITE},
    Role.FINANCE: frozenset(
        {
            P.TENANTS_READ,
            P.CONTACTS_READ,
            P.BILLING_READ,
            P.BILLING_POST,
            P.BILLING_APPROVE,
            P.BILLING_PROMISE,
            P.BILLING_PUBLISH,
            P.SELF,
        }
    ),
    Role.OWNER: _ADMINISTERS | {P.OWNERS_WRITE, P.EMERGENCIES_END},
    Role.ADMINISTRATOR: _ADMINISTERS,
    Role.SECURITY: _SECURES | {P.EMERGENCIES_READ},
    Role.TENANT_FINANCE: _PAYS,
    Role.MEMBER: _SEES_OWN | {P.TENANTS_READ},
    Role.INGEST: frozenset({P.EVENTS_WRITE}),
    Role.GATE: frozenset({P.GATE_ASK, P.LIMITS_TAKE, P.LIMITS_READ}),
    Role.VERIFIER: frozenset({P.CONDITIONS_REPORT}),
    Role.PORTAL: frozenset(
        {
            P.TRIPS_READ,
            P.TRIPS_WRITE,
            P.FACTORS_READ,
            P.FACTORS_WRITE,
            P.CHALLENGES_ANSWER,
            P.LIMITS_READ,
            P.CHECK_UPS_OWN,
        }
    ),
}

MACHINE_ROLES = frozenset({Role.INGEST, Role.GATE, Role.VERIFIER, Role.PORTAL})
TENANT_ROLES = frozenset({Role.OWNER, Role.ADMINISTRATOR, Role.SECURITY, Role.TENANT_FINANCE, Role.MEMBER})

# What would outlast the hours for which somebody broke the glass.
_LASTING = frozenset({P.OPERATORS_WRITE, P.OWNERS_WRITE, P.TOKENS_WRITE, P.EMERGENCIES_OPEN, P.EMERGENCIES_OPEN_ALL})


def emergency_permissions(role: Role, *, on_the_machine: bool) -> frozenset[Permission]:
    """What somebody may who broke the glass and acts as this role meanwhile.

    Nothing by which they could stay: that takes the machine itself, whose master has the database anyway.
    """
    return PERMISSIONS[role] if on_the_machine else PERMISSIONS[role] - _LASTING
