"""Where WTForms meets Pydantic: the form renders, refills and carries CSRF; the schema alone decides."""

from typing import Any, ClassVar, Generic, TypeVar

from flask import request
from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict
from wtforms import Field, PasswordField
from wtforms.fields.choices import SelectFieldBase

from portal.accounts.rules import PasswordPolicy
from portal.accounts.schemas import POLICY
from portal.http.context import current_portal
from portal.infra.errors import DomainError, Invalid
from portal.infra.wording import in_words

S = TypeVar("S", bound=BaseModel)


class SchemaForm(FlaskForm, Generic[S]):  # type: ignore[misc]
    """A form whose fields have the names of its schema's fields. Its own validators, if any, never query.

    A door reads `if (wish := form.parse()) is not None: …` and answers 422 with the same form otherwise.
    """

    schema: ClassVar[type[BaseModel]]
    is_own: ClassVar[bool] = False
    """Whether people are asked about themselves, as at a sign-in."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Flask-WTF would take a JSON body for a form too, with values of any type; a form sends texts."""

        def wrap_formdata(self, _form: FlaskForm, _given: object) -> MultiDict[str, str] | None:
            return request.form if request.method == "POST" else None

    def parse(self, *, about: tuple[str, ...] = ()) -> S | None:
        """The checked input, or None: not posted, a stale CSRF token, or problems that now stand on the fields.

        `about` is the person's name, address and username, where a new password must not be made of them.
        """
        return self.check(about=about) if request.method == "POST" and self.validate() else None

    def check(self, *, about: tuple[str, ...] = ()) -> S | None:
        """The same of a form that is only a question, and so came by its address."""
        given = {
            field.short_name: _given(field) for field in self if field.short_name in self.schema.model_fields
        }
        try:
            return self.schema.model_validate(
                {name: value for name, value in given.items() if value is not None}, context=_context(about)
            )  # type: ignore[return-value]
        except ValidationError as invalid:
            for error in invalid.errors(include_url=False, include_input=False):
                self._put(str(error["loc"][0]) if error["loc"] else None, self._words(error))
            return None

    def reject(self, problem: DomainError) -> None:
        """Show what a use case had against the input, at the field it is about."""
        problems = problem.fields if isinstance(problem, Invalid) and problem.fields else ()
        for one in problems:
            self._put(one.field.partition(".")[0], one.message)
        if not problems:
            self._put(problem.field, problem.message)

    @property
    def status(self) -> int:
        """200 for a fresh form, 422 for one with problems."""
        return 422 if self.errors or self.form_errors else 200

    def _put(self, name: str | None, message: str) -> None:
        field = self._fields.get(name or "")
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    def _words(self, error: ErrorDetails) -> str:
        field = self._fields.get(str(error["loc"][0])) if error["loc"] else None
        if field is None:
            return in_words(error)
        verb = "Choose" if isinstance(field, SelectFieldBase) else "Enter"
        whose = " your" if self.is_own or isinstance(field, PasswordField) else ""
        return in_words(error, _lower_first(field.label.text), ask=verb + whose)


def _context(about: tuple[str, ...]) -> dict[str, Any]:
    """What schemas need to know beside the input: this portal's rule for passwords, and the day."""
    portal = current_portal()
    policy = PasswordPolicy(minimum=portal.settings.password_min_length).knowing(portal.settings.name, *about)
    return {POLICY: policy, "today": portal.ports.clock.now().date()}


def _given(field: Field) -> Any:  # noqa: ANN401
    """A field's value, with empty text as absent (RFC 6749 does the same with empty parameters)."""
    return None if field.data == "" else field.data


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
