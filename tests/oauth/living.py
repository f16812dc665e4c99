"""A person, four apps and whatever can happen between them, in any order (SECURITY.md C-3, C-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
)

from tests.oauth.life import DAY, HOUR
from tests.oauth.story import NAMES, Place
from tests.oauth.story_of_exchanges import ACCOUNT, SERVICES, StoryOfExchanges

if TYPE_CHECKING:
    from tests.oauth.life import Code

STEPS = (7, 29, 61, HOUR + 31, 25 * HOUR, 6 * DAY + 11, 24 * DAY)
"""Past a grace, a code, an access token, an idle session, a session, and most of a chain."""

names = st.sampled_from(NAMES)


class Life(StoryOfExchanges, RuleBasedStateMachine):
    """What the portal does and what `life` says, step by step, and at the end once more for all that ever was."""

    codes = Bundle("codes")

    def __init__(self, place: Place) -> None:
        RuleBasedStateMachine.__init__(self)
        StoryOfExchanges.__init__(self, place)

    # ------------------------------------------------------------------------------------------- people and their apps

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Somebody who uses an app or two already."""
        for name in data.draw(st.lists(names, min_size=1, max_size=3)):
            self.connect(self.seat, name, data.draw(st.booleans()), is_device=False)

    @rule(seconds=st.sampled_from(STEPS))
    def time_goes_by(self, seconds: int) -> None:
        self.clock.seconds += seconds

    @rule(name=names, is_offline=st.booleans(), is_device=st.booleans())
    def connect_an_app(self, name: str, *, is_offline: bool, is_device: bool) -> None:
        """With a browser that is signed in, where there may be one."""
        if self.person.is_active and not self.seat.is_open(self.now):
            self.sign_in()
        self.connect(self.seat, name, is_offline, is_device=is_device and name == "closed")

    @rule(target=codes, data=st.data(), name=names, is_offline=st.booleans())
    def ask_for_a_code(self, data: st.DataObject, name: str, *, is_offline: bool) -> MultipleResults[Code]:
        seat = data.draw(st.sampled_from([*self.browsers]))
        code = self.code_for(seat, name, is_offline)
        return multiple(code) if code else multiple()

    @rule(code=codes)
    def redeem_a_code(self, code: Code) -> None:
        self.redeem(code)

    @rule(data=st.data())
    def refresh_a_living_one(self, data: st.DataObject) -> None:
        living = [token for token in self.refresh_tokens if token.lives(self.now)]
        if living:
            self.refresh(data.draw(st.sampled_from(living)))

    @precondition(lambda self: self.refresh_tokens)
    @rule(data=st.data())
    def refresh_any(self, data: st.DataObject) -> None:
        self.refresh(data.draw(st.sampled_from(self.refresh_tokens)))

    @precondition(lambda self: any(token.used_at is not None for token in self.refresh_tokens))
    @rule(data=st.data())
    def use_one_again(self, data: st.DataObject) -> None:
        used = [token for token in self.refresh_tokens if token.used_at is not None]
        self.refresh(data.draw(st.sampled_from(used)))

    @precondition(lambda self: self.access_tokens)
    @rule(data=st.data())
    def look_at_a_token(self, data: st.DataObject) -> None:
        self.look_at(data.draw(st.sampled_from(self.tokens)))

    # --------------------------------------------------------------------------------------- what services make of them

    @precondition(lambda self: self.sources)
    @rule(data=st.data(), is_alive=st.booleans())
    def hand_one_on(self, data: st.DataObject, *, is_alive: bool) -> None:
        """Rather one that lives: of the others there are soon many more."""
        living = [source for source in self.sources if source.lives(self.now)] if is_alive else []
        self.exchange(data.draw(st.sampled_from(living or self.sources)))

    @rule(by_assertion=st.booleans())
    def speak_for_an_account(self, *, by_assertion: bool) -> None:
        self.speak_for_itself(by_assertion=by_assertion)

    # ------------------------------------------------------------------------------------------------ what ends things

    @rule(
        data=st.data(),
        end=st.sampled_from(["sign_out", "by_app", "sign_out_everywhere", "change_the_password"]),
    )
    def leave(self, data: st.DataObject, end: str) -> None:
        if end == "by_app":
            if self.identities:
                seat = data.draw(st.sampled_from([*self.browsers]))
                self.leave_by_app(seat, data.draw(st.sampled_from(self.identities)))
        elif end == "sign_out":
            self.sign_out(data.draw(st.sampled_from([*self.browsers])))
        else:
            getattr(self, end)()

    @rule(hours=st.sampled_from([0, 1, 100, 1000]))
    def change_the_role(self, hours: int) -> None:
        self.give_the_role(hours)

    @rule(name=st.sampled_from(["", *NAMES, *SERVICES, ACCOUNT]))
    def disable_or_enable(self, name: str) -> None:
        """The person, or an app."""
        if name:
            self.switch(name)
        else:
            self.switch_the_person()

    @rule(name=names)
    def disconnect_an_app(self, name: str) -> None:
        self.disconnect(name)

    @precondition(lambda self: self.access_tokens)
    @rule(data=st.data())
    def give_back_a_token(self, data: st.DataObject) -> None:
        self.give_back(data.draw(st.sampled_from(self.tokens)))

    def teardown(self) -> None:
        """Every token that there ever was is what it should be, and none can be had for a dead one."""
        try:
            for token in self.tokens:
                self.look_at(token)
            for link in list(self.refresh_tokens):
                self.refresh(link)
        finally:
            for name, software in self.software.items():
                if not software.is_active:
                    self.switch(name)
