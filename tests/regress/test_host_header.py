"""The portal's address comes from its settings, never from Host (SECURITY.md C-7, CVE-2021-30185, CVE-2025-64101)."""

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.fields import FIELDS, good_values
from tests.support.arguments import arguments_for
from tests.support.inhabited import inhabited

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.infra.settings import Settings

ELSEWHERE = "evil.example"
SPOOFED = {
    "Host": ELSEWHERE,
    "X-Forwarded-Host": ELSEWHERE,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": f"//{ELSEWHERE}",
    "Forwarded": f"host={ELSEWHERE};proto=https",
    "X-Original-URL": f"https://{ELSEWHERE}/",
}


def test_no_answer_leads_to_the_host_of_the_request(settings: "Settings") -> None:
    with inhabited(settings) as world:
        adapter = world.app.url_map.bind("localhost")
        values = good_values(world, flow="", code="")
        led_astray = []
        for rule in world.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()):
                continue
            path = adapter.build(rule.endpoint, arguments_for(world, rule.endpoint, sorted(rule.arguments)))
            query = {name: values[name][0] for name in FIELDS.get(rule.endpoint, ())}
            for person in (None, world.person, world.administrator):
                answer = world.browser(person).get(path, headers=SPOOFED, query_string=query, buffered=True)
                links = [part for part in answer.text.split('"') if part.startswith(("http", "//"))]
                found = [answer.headers.get("Location", ""), *answer.headers.getlist("Set-Cookie"), *links]
                led_astray += [f"{path}: {text}" for text in found if ELSEWHERE in text]
        assert led_astray == []


@pytest.mark.parametrize(
    "path", ["", "/account//profile", "/oauth2//authorize", "/login/", "/a//evil.example"]
)
def test_a_path_that_is_nearly_one_of_ours_is_not_mended(client: "FlaskClient", path: str) -> None:
    answer = client.get("/", headers={"Host": ELSEWHERE}, environ_overrides={"PATH_INFO": path})
    assert answer.status_code == 404
    assert "Location" not in answer.headers
