"""What routes take in every room: whose path it is, who asks, and the unit of work in which they are answered."""

from litestar.di import NamedDependency
from litestar.params import FromPath

from frostgate.base.uow import UnitOfWork
from frostgate.directory.model import Principal

TenantId = FromPath[str]
AccountId = FromPath[str]
Work = NamedDependency[UnitOfWork]
Who = NamedDependency[Principal]
