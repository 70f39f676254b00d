"""Publishing policies. What is refused changes nothing: the running policy stays."""

from frostgate.base.errors import NotFound
from frostgate.base.model import Actor, Fact
from frostgate.base.uow import Tx
from frostgate.rules import store
from frostgate.rules.parse import parse
from frostgate.rules.policy import Policy
from frostgate.rules.store import Published


class PolicyPublished(Fact, frozen=True, kw_only=True):
    """A policy is in force from now on."""

    name = "policy.published"

    number: int
    policy: str
    digest: str


class PolicyUnknown(NotFound):
    """There is no policy with this number."""

    code = "policy.unknown"


def check(source: str) -> Policy:
    """Read a policy's text and say everything that is wrong with it; it came without its example files.

    Raises:
        PolicyRefused: with every problem, each at its line and column.
    """
    return parse(source)


def publish(tx: Tx, policy: Policy, *, actor: Actor) -> Published:
    """Put a checked policy in force under the next number. The text that is in force already is not published twice."""
    before = store.newest(tx.connection)
    if before is not None and before.digest == policy.digest:
        return before
    published = Published(
        number=before.number + 1 if before else 1,
        name=policy.name,
        source=policy.source,
        digest=policy.digest,
        published_at=tx.now,
        published_by=str(actor),
    )
    store.add(tx.connection, published)
    tx.state(
        PolicyPublished(tenant_id=None, number=published.number, policy=policy.name, digest=policy.digest), actor=actor
    )
    return published
