"""Resources: what permissions speak about, and who may do what on each."""

from typing import Final
from uuid import UUID

import orjson
from flask import Blueprint, Response, flash, request, url_for
from sqlalchemy.orm import Session
from wtforms import StringField, TextAreaField

from portal.access.errors import ResourceNotFound
from portal.access.repository import Permissions, Resource, Resources, Roles
from portal.access.repository.counting import Headcounts, in_words
from portal.access.rules.conditions import in_words as condition_in_words
from portal.access.schemas import CreateResource, EditResource
from portal.access.services.facts import version_of
from portal.access.usecases.resources import create_resource, delete_resource, edit_resource
from portal.admin.console import Filters, cursor, may, now, page, words
from portal.admin.mistakes import MISTAKES
from portal.admin.previews import Question, in_two_steps
from portal.admin.rooms import about
from portal.admin.telling import tell_by_day
from portal.audit.repository import AuditEntries, AuditFilter
from portal.http.context import reading, unit_of_work
from portal.http.forms import S, SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.http.tidying import tidy_address
from portal.infra.errors import DomainError

resources = Blueprint("admin_resources", __name__)

HISTORY: Final = 10


class ResourceForm(SchemaForm[S]):
    """What a resource is called, and what conditions may compare of it."""

    name = StringField("Name")
    type = StringField("Type")
    description = StringField("Description")
    metadata = TextAreaField("Attributes")


class NewResourceForm(ResourceForm[CreateResource]):
    """For one that is not there yet."""

    schema = CreateResource


class EditResourceForm(ResourceForm[EditResource]):
    """For one that is."""

    schema = EditResource


@resources.get("/admin/resources")
@tidy_address
@requires("read", "resource")
def listing() -> Response:
    """Every resource, A to Z."""
    text, kind = words("q"), words("type")
    filters = Filters("admin_resources.listing", q=text, type=kind)
    with reading() as session:
        found = Resources(session).page(search=text, type_=kind or None, **cursor())
        types = Resources(session).types()
    return page(
        "admin/resources/listing.html",
        "results",
        about=about,
        resources=found.items,
        types=[(one, "Part of the portal" if one == "portal" else one) for one in types],
        type=kind,
        text=text,
        filters=filters,
        turns=filters.turns(found),
    )


@resources.get("/admin/resources/<uuid:resource_id>")
@requires("read", "resource")
def detail(resource_id: UUID) -> Response:
    """One resource, and who may do what on it."""
    with reading() as session:
        resource = _resource(session, resource_id)
        roles = Roles(session).permitting(resource_id)
        permitted = Permissions(session).of_roles([role.id for role in roles])
        holders = Headcounts(session).of_roles([role.id for role in roles], at=now())
        wanted = AuditFilter(subject_id=resource_id)
        history = AuditEntries(session).page(wanted, size=HISTORY) if may("read", "audit") else None
    granted = [
        (role, [one for one in permitted.get(role.id, ()) if one.resource_id == resource_id])
        for role in roles
    ]
    return page(
        "admin/resources/detail.html",
        about=about,
        resource=resource,
        attributes=[(name, _plain(value)) for name, value in sorted(resource.metadata_.items())],
        granted=granted,
        told=condition_in_words,
        holders=holders,
        in_words=in_words,
        history=tell_by_day(history.items) if history else None,
        has_more=bool(history and history.older),
    )


@resources.route("/admin/resources/new", methods=["GET", "POST"])
@requires("create", "resource")
def new() -> Response:
    """Something more that roles can permit."""
    form = NewResourceForm()
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                resource = create_resource(uow, wish)
        except MISTAKES as problem:
            form.reject(problem)
        else:
            flash(f"The resource {resource.name} is there. Roles can permit something on it now")
            return _to(resource.id)
    return page("admin/resources/new.html", status=form.status, form=form)


@resources.route("/admin/resources/<uuid:resource_id>/edit", methods=["GET", "POST"])
@requires("update", "resource")
def edit(resource_id: UUID) -> Response:
    """Conditions may compare its attributes, so what that does to people is shown first."""
    with reading() as session:
        resource = _resource(session, resource_id)
    form = EditResourceForm(data=_as_form(resource))
    wish = form.parse()

    def show(problem: DomainError | None = None) -> Response:
        if problem is not None:
            form.reject(problem)
        return page(
            "admin/resources/edit.html",
            status=form.status,
            form=form,
            resource=resource,
            version=version_of(resource.describe()),
        )

    def done() -> Response:
        flash("Saved the resource")
        return _to(resource_id)

    if wish is None:
        return show()
    return in_two_steps(
        Question(
            nav="resources",
            crumbs=_crumbs(resource, "Edit"),
            title=f"Change the resource “{resource.name}”?",
            save_label="Save resource",
        ),
        lambda uow, version: edit_resource(uow, resource_id, wish, if_unchanged=version),
        version=version_of(resource.describe()),
        again=show,
        done=done,
    )


@resources.route("/admin/resources/<uuid:resource_id>/delete", methods=["GET", "POST"])
@requires("delete", "resource")
def delete(resource_id: UUID) -> Response:
    """What would go with it; then it goes. Who only comes by (from the sign-in page) is led to the resource."""
    with reading() as session:
        resource = _resource(session, resource_id)
    if request.method != "POST":
        return _to(resource_id)

    def again(problem: DomainError | None) -> Response:
        if problem is None:
            return _to(resource_id)
        return page("admin/resources/refused.html", status=422, resource=resource, problem=problem.message)

    def done() -> Response:
        flash(f"The resource {resource.name} is removed")
        return see_other(url_for("admin_resources.listing"))

    return in_two_steps(
        Question(
            nav="resources",
            crumbs=_crumbs(resource, "Remove"),
            title=f"Remove the resource “{resource.name}”?",
            consequences=(
                "Every permission on it goes too, and no role can permit anything on it any more.",
                "Apps that ask for it by this name are told no.",
                "Its history stays in the audit log.",
            ),
            save_label="Remove resource",
            is_danger=True,
        ),
        lambda uow, version: delete_resource(uow, resource_id, if_unchanged=version),
        version=version_of(resource.describe()),
        again=again,
        done=done,
    )


def _resource(session: Session, resource_id: UUID) -> Resource:
    resource = Resources(session).get(resource_id)
    if resource is None:
        raise ResourceNotFound
    return resource


def _as_form(resource: Resource) -> dict[str, object]:
    metadata = (
        orjson.dumps(resource.metadata_, option=orjson.OPT_INDENT_2).decode() if resource.metadata_ else ""
    )
    return {**resource.describe(), "metadata": metadata}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _crumbs(resource: Resource, last: str) -> list[tuple[str, str | None]]:
    return [
        ("Resources", url_for("admin_resources.listing")),
        (resource.name, url_for("admin_resources.detail", resource_id=resource.id)),
        (last, None),
    ]


def _to(resource_id: UUID) -> Response:
    return see_other(url_for("admin_resources.detail", resource_id=resource_id))
