"""Roles in Airflow are just what access.yml declares, and rights on the desk come from these alone."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from airflow.providers.fab.auth_manager.models import Action, Group, Permission, Resource, Role, User
from conftest import ROOT

from tasking.config.layers import Include
from tasking.model.access import PERMISSIONS, May
from tasking.model.errors import DeclarationError, TaskingError
from tasking.runtime import access
from tasking.runtime.access import ALL, apply_roles, desk_rights, load_access, make_account, permission_at, readable


class Security:
    """Airflow's security manager: roles with their permissions, and accounts. `is_refusing`: it makes no account."""

    def __init__(self) -> None:
        self.roles, self.users, self.is_refusing = {}, {}, False

    def add_role(self, name):
        return self.roles.setdefault(name, role(name))

    def find_role(self, name):
        return self.roles.get(name)

    def create_permission(self, action, resource):
        return permission((action, resource))

    def add_permission_to_role(self, role, permission):
        role.permissions.append(permission)

    def remove_permission_from_role(self, role, permission):
        role.permissions.remove(permission)

    def find_user(self, username):
        return self.users.get(username)

    def add_user(self, username, _first, _last, _email, role, password):
        if not self.is_refusing:
            self.users[username] = SimpleNamespace(role=role, password=password)
        return not self.is_refusing

    def permissions(self, name) -> set[tuple[str, str]]:
        return {(one.action.name, one.resource.name) for one in self.roles[name].permissions}


def permission(pair: tuple[str, str]) -> Permission:
    made = Permission()
    made.action, made.resource = Action(name=pair[0]), Resource(name=pair[1])
    return made


def role(name: str, *pairs: tuple[str, str], number: int = 1) -> Role:
    made = Role(id=number, name=name)
    made.permissions = [permission(pair) for pair in pairs]
    return made


@pytest.fixture
def security(monkeypatch) -> Security:
    made = Security()

    @contextmanager
    def of_airflow():
        yield made

    monkeypatch.setattr(access, "_security", of_airflow)
    return made


@pytest.fixture
def declared() -> access.Access:
    return load_access(Include.of(ROOT / "include"))


# Roles


def test_every_role_is_made_with_just_what_is_declared_and_then_nothing_is_left_to_do(security, declared):
    assert len(apply_roles(declared)) == len(declared.roles)
    assert {name: security.permissions(name) for name in declared.roles} == {
        name: declared.permissions(name) for name in declared.roles
    }
    assert apply_roles(declared) == []


def test_what_somebody_gave_a_role_by_hand_is_taken_away(security, declared):
    apply_roles(declared)
    viewer = security.roles["Tasking viewer"]
    viewer.permissions.append(permission(PERMISSIONS[May.RESTRICTED]))
    assert apply_roles(declared) == ["Tasking viewer: 0 permissions given, 1 taken away"]
    assert PERMISSIONS[May.RESTRICTED] not in security.permissions("Tasking viewer")


def test_with_several_partnerships_each_has_its_own_roles_and_none_opens_all(security, declared):
    apply_roles(declared, ["ashdown", "weald"])
    assert "Tasking viewer" not in security.roles
    read = PERMISSIONS[May.READ]
    assert permission_at(read, "weald") in security.permissions("Tasking viewer: weald")
    assert permission_at(read, "ashdown") not in security.permissions("Tasking viewer: weald")


def test_airflows_own_admin_is_not_declared(tmp_path):
    (tmp_path / "access.yml").write_text("roles: {Admin: {desk: [read]}}\nairflow: {}\n")
    with pytest.raises(DeclarationError, match="Admin is Airflow's own"):
        load_access(Include.of(tmp_path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "roles: {Tasking viewer: {airflow: [look]}}\nairflow: {}\n",
            "access.yml, line 1, column 36: roles.Tasking viewer.airflow: there is no list 'look'",
        ),
        (
            "roles: {Tasking viewer: {desk: [everything]}}\nairflow: {}\n",
            'access.yml, line 1, column 33: roles.Tasking viewer.desk: "everything"; wanted: read or details',
        ),
    ],
)
def test_a_role_that_names_what_is_not_there_is_refused(tmp_path, text, words):
    (tmp_path / "access.yml").write_text(text)
    with pytest.raises(DeclarationError, match=words):
        load_access(Include.of(tmp_path))


# Accounts


def test_an_account_has_its_role_and_a_password_of_its_own(security, declared):
    apply_roles(declared)
    passwords = {make_account(name, "Tasking viewer") for name in ("moss", "finch")}
    assert passwords == {security.users[name].password for name in ("moss", "finch")}
    assert len(passwords) == 2
    assert min(map(len, passwords)) >= 16
    assert security.users["moss"].role.name == "Tasking viewer"


def test_an_account_that_is_there_is_left_as_it_is(security, declared):
    apply_roles(declared)
    password = make_account("moss", "Tasking viewer")
    assert make_account("moss", "Tasking officer") is None
    assert (security.users["moss"].password, security.users["moss"].role.name) == (password, "Tasking viewer")


def test_an_account_in_a_role_that_is_not_made_yet_is_refused_and_what_to_do_is_said(security):
    with pytest.raises(TaskingError, match="make the roles first: tasking access apply"):
        make_account("moss", "Tasking viewer")
    assert security.users == {}


def test_an_account_that_airflow_does_not_make_has_no_password_to_show(security, declared):
    apply_roles(declared)
    security.is_refusing = True
    with pytest.raises(TaskingError, match="could not be made: see Airflow's log"):
        make_account("moss", "Tasking viewer")


# Rights on the desk


@pytest.fixture
def user(monkeypatch):
    """user(roles, groups' roles): somebody who is logged in to Airflow. `is_gone`: the account was removed since."""
    stored = {}

    @contextmanager
    def session():
        yield SimpleNamespace(get=lambda _kind, number: stored.get(number))

    monkeypatch.setattr("airflow.utils.session.create_session", session)

    def made(roles=(), of_groups=(), *, is_gone=False) -> User:
        one = User(id=3)
        one.roles = list(roles)
        one.groups = [Group(name="night shift", roles=list(of_groups))]
        if not is_gone:
            stored[3] = one
        return one

    return made


def test_rights_are_those_of_all_roles_and_of_groups(user):
    own = role("Tasking viewer", PERMISSIONS[May.READ], ("can_read", "DAGs"))
    of_group = role("Tasking restricted", PERMISSIONS[May.RESTRICTED], number=2)
    assert desk_rights(user([own], [of_group])) == {May.READ, May.RESTRICTED}


def test_an_administrator_of_airflow_has_no_rights_by_that(user):
    everything = role("Admin", *PERMISSIONS.values())
    assert desk_rights(user([everything])) == frozenset()
    assert desk_rights(user([], [everything])) == frozenset()


def test_an_account_that_was_removed_has_none_though_still_logged_in(user):
    assert desk_rights(user([role("Tasking viewer", PERMISSIONS[May.READ])], is_gone=True)) == frozenset()


def test_who_comes_from_another_auth_manager_has_none():
    assert desk_rights(SimpleNamespace(id=3, username="moss")) == frozenset()
    assert readable(SimpleNamespace(id=3, username="moss"), ["weald"]) == []


def test_the_rights_at_one_partnership_are_none_at_another(user):
    moss = user([role("Tasking viewer: weald", permission_at(PERMISSIONS[May.READ], "weald"))])
    assert desk_rights(moss, "weald") == {May.READ}
    assert desk_rights(moss, "ashdown") == frozenset()
    assert readable(moss, ["ashdown", "weald"]) == ["weald"]


def test_the_rights_of_a_role_for_all_hold_at_each(user):
    operator = user([role("Tasking operator", permission_at(PERMISSIONS[May.READ], ALL))])
    assert desk_rights(operator, "ashdown") == {May.READ}
    assert readable(operator, ["ashdown", "weald"]) == ["ashdown", "weald"]


def test_a_right_of_a_deployment_with_one_partnership_opens_none_of_several(user):
    assert desk_rights(user([role("Tasking viewer", PERMISSIONS[May.READ])]), "weald") == frozenset()
