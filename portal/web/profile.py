"""What a person says of themselves."""

from typing import Final
from zoneinfo import available_timezones

from flask import Response, flash, request, url_for
from wtforms import SelectChoice, SelectField, StringField, TelField, URLField

from portal.accounts.schemas import Profile
from portal.accounts.usecases.edit_profile import edit_profile
from portal.http.context import unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.infra.errors import Invalid
from portal.web.account import account, my_account, myself

LEGACY_ZONES: Final = ("Etc/", "SystemV/", "US/", "posix/", "right/")


def _zones() -> list[SelectChoice]:
    cities = sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(LEGACY_ZONES)
    )
    return [
        SelectChoice("", "Not set"),
        *(SelectChoice(zone, zone.replace("_", " ")) for zone in ("UTC", *cities)),
    ]


class ProfileForm(SchemaForm[Profile]):
    """The standard claims that a person may set."""

    schema = Profile
    is_own = True

    name = StringField("Name")
    username = StringField("Username")
    given_name = StringField("Given name")
    family_name = StringField("Family name")
    middle_name = StringField("Middle name")
    nickname = StringField("Nickname")
    profile = URLField("Profile page")
    picture = URLField("Picture")
    website = URLField("Website")
    gender = StringField("Gender")
    birthdate = StringField("Date of birth", render_kw={"type": "date"})
    zoneinfo = SelectField("Time zone", choices=_zones(), validate_choice=False)
    locale = StringField("Language")
    phone_number = TelField("Phone number")
    street_address = StringField("Street and number")
    postal_code = StringField("Postal code")
    locality = StringField("Town")
    region = StringField("State or province")
    country = StringField("Country")


@account.route("/account/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Response:
    user = my_account()
    form = ProfileForm(obj=user, data=user.address or {})
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                edit_profile(uow, myself().user_id, wish)
        except Invalid as problem:
            form.reject(problem)
        else:
            flash("Your profile is saved")
            return see_other(url_for("account.profile"))
    elif request.method != "POST":
        form.zoneinfo.data = user.zoneinfo or ""
    return respond("web/profile/form.html", status=form.status, nav="profile", form=form, email=user.email)
