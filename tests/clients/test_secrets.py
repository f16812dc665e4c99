"""Secrets of apps: shown once, overlapping while they are rotated, dead at once when revoked."""

from typing import TYPE_CHECKING

import pytest

from portal.clients.errors import PublicClient, SecretNotFound
from portal.clients.models import ClientSecret
from portal.clients.repository import ClientSecrets
from portal.clients.schemas import RotateSecret
from portal.clients.usecases import revoke_secret, rotate_secret
from tests.clients.steps import act, entries, registered
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


def test_a_secret_is_nowhere_but_in_the_answer(portal: "Portal") -> None:
    new = registered(portal)
    rotated = act(portal, lambda uow: rotate_secret(uow, new.client.id, RotateSecret()))
    assert new.secret is not None
    for text in (new.secret, rotated.text):
        assert text not in repr(new)
        assert text not in repr(rotated)
        assert text.rpartition("_")[2] not in repr(history(portal))


def test_rotation_leaves_the_old_secret_until_the_overlap_is_over(
    portal: "Portal", clock: "MovableClock"
) -> None:
    new = registered(portal)
    rotated = act(portal, lambda uow: rotate_secret(uow, new.client.id, RotateSecret(overlap_seconds=3600)))

    def live() -> list[ClientSecret]:
        with portal.reading() as session:
            return ClientSecrets(session).live_of(new.client.id, at=clock.now())

    assert len(live()) == 2
    clock.advance(seconds=3601)
    assert [secret.id for secret in live()] == [rotated.secret.id]
    assert entries(portal, "client.secret_rotated")[0].after_state is not None


def test_a_second_rotation_never_makes_an_old_secret_live_longer(
    portal: "Portal", clock: "MovableClock"
) -> None:
    new = registered(portal)
    act(portal, lambda uow: rotate_secret(uow, new.client.id, RotateSecret(overlap_seconds=3600)))
    act(portal, lambda uow: rotate_secret(uow, new.client.id, RotateSecret(overlap_seconds=604800)))
    clock.advance(seconds=3601)
    with portal.reading() as session:
        assert len(ClientSecrets(session).live_of(new.client.id, at=clock.now())) == 2


def test_a_revoked_secret_is_dead_at_once_and_only_once(portal: "Portal", clock: "MovableClock") -> None:
    new = registered(portal)
    with portal.reading() as session:
        (secret,) = ClientSecrets(session).live_of(new.client.id, at=clock.now())
    act(portal, lambda uow: revoke_secret(uow, new.client.id, secret.id))
    with portal.reading() as session:
        assert ClientSecrets(session).live_of(new.client.id, at=clock.now()) == []
    with pytest.raises(SecretNotFound):
        act(portal, lambda uow: revoke_secret(uow, new.client.id, secret.id))


def test_a_secret_is_revoked_only_through_its_own_app(portal: "Portal", clock: "MovableClock") -> None:
    mine, other = registered(portal), registered(portal)
    with portal.reading() as session:
        (secret,) = ClientSecrets(session).live_of(other.client.id, at=clock.now())
    with pytest.raises(SecretNotFound):
        act(portal, lambda uow: revoke_secret(uow, mine.client.id, secret.id))


def test_a_public_app_gets_no_secret_by_rotation(portal: "Portal") -> None:
    spa = registered(portal, kind="spa")
    with pytest.raises(PublicClient):
        act(portal, lambda uow: rotate_secret(uow, spa.client.id, RotateSecret()))
