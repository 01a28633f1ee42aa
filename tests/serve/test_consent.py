"""Whose word makes a trial live over HTTP: two people's, each by their own sign-in."""

from pathlib import Path
from typing import Any

from haihe.serve.access import Role
from tests.serve.people import Person, another, first
from tests.serve.world import BASE, World, a_world

PATH = "/rules/t.methane-high/actions"


def proposed(world: World, person: Person) -> Any:
    """What a person's trial comes to; it saw a record and is proposed."""
    person.does("POST", PATH, {"verb": "shadow", "settings": {"high": 25}})
    record = {"entity": "zone/7", "observed_at": world.now(), "methane": 1}
    person.does("POST", "/streams/t.air", record, status=201)
    return person.does("POST", PATH, {"verb": "propose", "reason": "tried"})["proposal"]


def test_the_proposer_cannot_agree_nor_by_a_second_token(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        ann = first(world)
        cy = another(ann, "Cy", Role.ENGINEER)
        proposal = proposed(world, cy)
        assert (proposal["by"], proposal["settings"]) == ("Cy", {"high": "25"})
        yes = {"verb": "agree", "sha256": proposal["sha256"]}
        own = {"name": "laptop", "grant": {"roles": ["engineer"]}}
        token = cy.does("POST", "/tokens", own, status=201)["token"]
        assert cy.ask("POST", PATH, yes).status_code == 409
        heads = {"authorization": f"Bearer {token}"}
        assert world.client.post(BASE + PATH, json=yes, headers=heads).status_code == 403
        by_token = Person(world)
        by_token.does("POST", "/session", {"token": token}, status=201)
        assert by_token.ask("POST", PATH, yes).status_code == 403
        assert cy.ask("POST", PATH, {**yes, "by": "Ann"}).status_code == 403
        done = ann.does("POST", PATH, yes)
        assert (done["version"], done["settings"], done["proposal"]) == ("2", {"high": "25"}, None)


def test_who_agrees_has_the_right_to_and_is_a_person(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        ann = first(world)
        yes = {"verb": "agree", "sha256": proposed(world, ann)["sha256"]}
        officer = another(ann, "Bo", Role.OFFICER)
        assert officer.ask("POST", PATH, yes).status_code == 403
        robot = {"authorization": f"Bearer {world.give_token(Role.ENGINEER)}"}
        for body in (yes, {"verb": "propose", "reason": "x"}):
            answer = world.client.post(BASE + PATH, json=body, headers=robot)
            assert answer.status_code == 403
            assert "own" in answer.json()["error"]["what_to_do"]
        part = another(ann, "Ed", Role.ENGINEER, areas=["zone/"])
        assert part.ask("POST", PATH, yes).status_code == 403
        held = another(ann, "Di", Role.ENGINEER, packs=["other"])
        assert held.ask("POST", PATH, yes).status_code == 404


def test_a_proposal_of_who_was_disabled_since_is_not_agreed_to(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        ann = first(world)
        cy = another(ann, "Cy", Role.ENGINEER)
        yes = {"verb": "agree", "sha256": proposed(world, cy)["sha256"]}
        rights = {"grant": {"roles": ["engineer"]}, "is_disabled": True}
        ann.does("PUT", "/accounts/Cy", rights)
        answer = ann.ask("POST", PATH, yes)
        assert answer.status_code == 409
        assert "may no longer propose" in answer.json()["error"]["message"]
        assert ann.does("POST", PATH, {"verb": "decline", "reason": "gone"})["proposal"] is None


def test_the_hash_belongs_to_an_agreement_and_nobody_promotes_alone(world: World) -> None:
    for body in (
        {"verb": "agree"},
        {"verb": "propose", "reason": "x", "sha256": "0" * 64},
        {"verb": "agree", "sha256": "ABC"},
        {"verb": "promote", "reason": "x"},
        {"verb": "propose", "reason": "x", "second": "bo"},
    ):
        assert world.client.post(BASE + PATH, json=body).status_code == 422, body
