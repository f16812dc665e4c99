"""What is taken in about resources."""

from pydantic import Field

from portal.access.schemas.fields import Description, Document, ResourceName, ResourceType
from portal.accounts.schemas import Input


class EditResource(Input):
    """What a resource is called, what kind of thing it is, and what conditions may compare of it."""

    name: ResourceName
    type: ResourceType
    description: Description = ""
    metadata: Document = Field(default_factory=dict)


class CreateResource(EditResource):
    """Something more that permissions may speak about."""
