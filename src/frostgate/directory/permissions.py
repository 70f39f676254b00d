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
    BANS_PROPOSE = "bans.propose"
    BANS_APPROVE = "bans.approve"
    HOLDS_READ = "holds.read"
    HOLDS_PLACE = "holds.place"
    CONDITIONS_REPORT = "conditions.report"
    POLICIES_READ = "policies.read"
    POLICIES_CHECK = "policies.check"
    POLICIES_PUBLISH = "policies.publish"
    NOTICES_READ = "notices.read"
    JOURNAL_READ = "journal.read"
    TENANTS_READ = "tenants.read"
    TENANTS_WRITE = "tenants.write"
    ACCOUNTS_READ = "accounts.read"
    ACCOUNTS_WRITE = "accounts.write"
    OPERATORS_READ = "operators.read"
    OPERATORS_WRITE = "operators.write"
    TOKENS_WRITE = "tokens.write"
    TRIPS_READ = "trips.read"
    TRIPS_WRITE = "trips.write"
    TRIPS_APPROVE = "trips.approve"
    NETWORKS_READ = "networks.read"
    NETWORKS_WRITE = "networks.write"
    FACTORS_READ = "factors.read"
    FACTORS_WRITE = "factors.write"  # for the holder, who proves each change
    FACTORS_REMOVE = "factors.remove"  # one that is lost, on the word of whoever verified who the holder is
    CHALLENGES_ANSWER = "challenges.answer"
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
    TENANT_ADMIN = "tenant_admin"
    INGEST = "ingest"
    GATE = "gate"
    VERIFIER = "verifier"
    PORTAL = "portal"  # the platform's own account pages, for the holder who is signed in there


P = Permission

_SEES_DECLARED = frozenset({P.TRIPS_READ, P.NETWORKS_READ, P.FACTORS_READ, P.LIMITS_READ})
_SEES_PEOPLE = _SEES_DECLARED | {P.TENANTS_READ, P.ACCOUNTS_READ, P.HOLDS_READ, P.NOTICES_READ, P.SELF}
_DECLARES = frozenset({P.TRIPS_WRITE, P.TRIPS_APPROVE, P.NETWORKS_WRITE, P.BATCH_WINDOWS_WRITE})
_REVIEWS = _SEES_PEOPLE | {
    P.DECISIONS_READ,
    P.CASES_READ,
    P.CASES_DECIDE,
    P.BANS_PROPOSE,
    P.HOLDS_PLACE,
    P.POLICIES_READ,
}
_WRITES_POLICY = frozenset({P.DECISIONS_READ, P.HOLDS_READ, P.POLICIES_READ, P.POLICIES_CHECK, P.TENANTS_READ, P.SELF})

# A tenant's administrator reads no decisions and no cases: they hold rules and thresholds that help an attacker.
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.SUPERINTENDENT: frozenset(Permission),
    Role.LEAD: _REVIEWS | {P.BANS_APPROVE, P.POLICIES_CHECK, P.JOURNAL_READ, P.OPERATORS_READ, P.FACTORS_REMOVE},
    Role.REVIEWER: _REVIEWS,
    Role.POLICY_AUTHOR: _WRITES_POLICY,
    Role.POLICY_PUBLISHER: _WRITES_POLICY | {P.POLICIES_PUBLISH, P.JOURNAL_READ},
    Role.AUDITOR: _SEES_PEOPLE
    | {P.DECISIONS_READ, P.CASES_READ, P.POLICIES_READ, P.JOURNAL_READ, P.OPERATORS_READ, P.BILLING_READ},
    Role.CUSTOMER_SUCCESS: _SEES_PEOPLE | {P.CASES_READ, P.BILLING_READ},
    Role.FINANCE: frozenset(
        {
            P.TENANTS_READ,
            P.BILLING_READ,
            P.BILLING_POST,
            P.BILLING_APPROVE,
            P.BILLING_PROMISE,
            P.BILLING_PUBLISH,
            P.SELF,
        }
    ),
    Role.TENANT_ADMIN: _SEES_PEOPLE
    | _DECLARES
    | {P.ACCOUNTS_WRITE, P.FACTORS_REMOVE, P.OPERATORS_READ, P.OPERATORS_WRITE, P.TOKENS_WRITE}
    | {P.BILLING_READ, P.BILLING_PROMISE, P.BILLING_ANSWER},
    Role.INGEST: frozenset({P.EVENTS_WRITE}),
    Role.GATE: frozenset({P.GATE_ASK, P.LIMITS_TAKE, P.LIMITS_READ}),
    Role.VERIFIER: frozenset({P.CONDITIONS_REPORT}),
    Role.PORTAL: frozenset(
        {P.TRIPS_READ, P.TRIPS_WRITE, P.FACTORS_READ, P.FACTORS_WRITE, P.CHALLENGES_ANSWER, P.LIMITS_READ}
    ),
}

MACHINE_ROLES = frozenset({Role.INGEST, Role.GATE, Role.VERIFIER, Role.PORTAL})
