"""Names, passwords and guesses by themselves: what is equal, what is taken, who must wait."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import Overloaded
from haihe.serve.access.names import key_of, shown_name
from haihe.serve.access.passwords import AT_ONCE, LENGTH_MIN, WAITING_MAX, Passwords, weakness_of
from haihe.serve.access.tries import FAILURES_MAX, Gate, Tries, network_of
from haihe.serve.problem import Problem
from haihe.serve.settings import Cost
from tests.serve.people import OTHER, SECRET
from tests.serve.world import CHEAP


# Unicode: full width, ligature, sharp s, final sigma, composed and decomposed, Kelvin sign.
@pytest.mark.parametrize(
    ("one", "other"),
    [("Ｌｉ", "li"), ("ﬁn", "FIN"), ("Straße", "STRASSE"), ("Νίκος", "ΝΊΚΟΣ"),
     ("Andr\u00e9", "ANDRE\u0301"), ("\u212aai", "kai"), ("李\u3000伟", "李 伟")],
)  # fmt: skip
def test_names_that_unicode_calls_equal_are_equal(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    "name",
    ["", "  ", "x" * 65, "a\u200bb", "a\u202eb", "\u0430nn", "αnn", "a/b", "a;b", "\ue000",
     "operator", "OPERATOR", "<b>", "😀"],
)  # fmt: skip
def test_a_name_that_hides_or_mixes_letters_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"name|mixes"):
        shown_name(name)


@pytest.mark.parametrize("name", ["李伟", "Li Wei", "o'neill", "Дмитрий", "li@x.cn", "王 Wang"])
def test_the_names_people_have_are_taken(name: str) -> None:
    assert shown_name(name) == name


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 14, "x" * 40, "passwordpassword", "Password123456789!", "qwertyuiopasdfghjkl",
     "123456789012345678", "abcabcabcabcabcabc", "annbraun annbraun", "haihe admin 2026!",
     "我爱你我爱你我爱你我爱你我爱你", "y" * 257],
)  # fmt: skip
def test_a_password_that_is_tried_first_is_refused(password: str) -> None:
    assert weakness_of(password, name="Ann Braun")


@pytest.mark.parametrize(
    "password",
    [
        SECRET,
        OTHER,
        "kqzvx wbtfh jmnrp",
        "四只蓝色的水泵在河边等着开门呢",
        "   spaces count too   ",
    ],
)
def test_a_long_password_needs_no_special_characters(password: str) -> None:
    assert len(password) >= LENGTH_MIN
    assert weakness_of(password, name="ann") == ""


def test_failures_are_forgotten_after_their_time_and_bounded() -> None:
    now = [0.0]
    tries = Tries(2, 60.0, clock=lambda: now[0])
    assert not tries.note("a")
    assert tries.wait_s("a") == 0
    assert tries.note("a")
    assert tries.wait_s("a") == 61
    assert tries.wait_s("b") == 0
    now[0] = 61.0
    assert tries.wait_s("a") == 0
    for number in range(20_100):
        tries.note(str(number))
    assert len(tries._seen) == 20_000


def test_a_device_cookie_is_good_for_its_account_alone() -> None:
    gate = Gate(b"secret")
    cookie = gate.device_of("ann")
    assert gate.is_known("ann", cookie)
    assert not gate.is_known("bo", cookie)
    assert not gate.is_known("ann", "")
    assert not gate.is_known("ann", ".")
    assert not Gate(b"other").is_known("ann", cookie)
    for _ in range(FAILURES_MAX):
        gate.failed("ann", address="10.0.0.1", device=cookie)
    with pytest.raises(Problem):
        gate.check("ann", address="10.0.0.1", device=cookie)
    gate.check("ann", address="10.0.0.1", device="")


def test_the_addresses_of_one_network_are_one() -> None:
    assert network_of("2001:db8:1:2::5") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:2::5") != network_of("2001:db8:1:3::5")


def test_what_is_kept_is_argon2id_as_rfc_9106_says() -> None:
    kept = asyncio.run(Passwords(Cost()).hash(SECRET))
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_few_passwords_are_tried_at_once_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(CHEAP)
    now, most = 0, 0

    def work(*_: str) -> bool:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        time.sleep(0.001)
        now -= 1
        return True

    monkeypatch.setattr(passwords, "_matches", work)

    async def crowd() -> list[object]:
        tries = (passwords.matches("", "x") for _ in range(WAITING_MAX + 10))
        return list(await asyncio.gather(*tries, return_exceptions=True))

    found = asyncio.run(crowd())
    assert most <= AT_ONCE
    assert found.count(True) == WAITING_MAX
    assert sum(isinstance(one, Overloaded) for one in found) == 10


def test_a_wrong_password_takes_as_long_where_there_is_no_account() -> None:
    passwords = Passwords(Cost(passes=2, memory_kib=8 << 10, lanes=1))
    kept = asyncio.run(passwords.hash(SECRET))

    def seconds(known: str) -> float:
        began = time.process_time()
        assert not asyncio.run(passwords.matches(known, OTHER))
        return time.process_time() - began

    seconds("")  # The first makes what nobody has.
    known, unknown = (min(seconds(one) for _ in range(3)) for one in (kept, ""))
    assert 0.5 < known / unknown < 2


@given(st.text(max_size=80))
def test_a_name_that_is_taken_is_its_own_one_spelling(text: str) -> None:
    try:
        name = shown_name(text)
    except ValueError:
        return
    assert shown_name(name) == name
    assert key_of(name) == key_of(text) == key_of(key_of(text))
    assert key_of(name) == key_of(name.casefold())


@given(st.text(max_size=300), st.text(max_size=80))
def test_whatever_is_given_as_a_password_is_judged(password: str, name: str) -> None:
    assert isinstance(weakness_of(password, name=name), str)
