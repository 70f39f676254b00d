"""What the routes of documents take."""

from litestar.di import NamedDependency
from litestar.params import FromPath

from frostgate.documents.kit import Documents

CaseId = FromPath[str]
DocumentId = FromPath[str]
Kit = NamedDependency[Documents]
