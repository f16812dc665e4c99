"""What operators note of a person, and conditions may compare."""

from uuid import UUID

import orjson
from flask import Response, flash, request
from wtforms import TextAreaField

from portal.access.schemas import SetUserAttributes
from portal.access.services.facts import version_of
from portal.access.usecases.assignments import set_user_attributes
from portal.admin.assignments.blueprint import assignments, to_roles, user_of
from portal.admin.console import page
from portal.admin.mistakes import MISTAKES
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires


class AttributesForm(SchemaForm[SetUserAttributes]):
    """All that is noted of the person, as JSON."""

    schema = SetUserAttributes

    attributes = TextAreaField("Attributes")


@assignments.route("/admin/users/<uuid:user_id>/attributes", methods=["GET", "POST"])
@requires("update", "user")
def attributes(user_id: UUID) -> Response:
    """What conditions may compare of the person as `subject.<name>`."""
    with reading() as session:
        user = user_of(session, user_id)
    noted = dict(user.attributes or {})
    form = AttributesForm(data={"attributes": _as_json(noted) if noted else ""})
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                set_user_attributes(uow, user_id, wish, if_unchanged=request.form.get("version"))
        except MISTAKES as problem:
            form.reject(problem)
        else:
            flash("Saved the attributes")
            return to_roles(user_id)
    return page(
        "admin/assignments/attributes.html",
        status=form.status,
        user=user,
        form=form,
        version=version_of(noted),
    )


def _as_json(noted: dict[str, object]) -> str:
    return orjson.dumps(noted, option=orjson.OPT_INDENT_2).decode()
