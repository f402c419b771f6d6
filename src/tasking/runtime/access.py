"""Roles and accounts in Airflow's FAB auth manager, made as include/access.yml declares them."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from tasking.config.faults import Source, fault_in, validated
from tasking.config.layers import Include
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.access import PERMISSIONS, May
from tasking.model.errors import DeclarationError, TaskingError
from tasking.model.report import Audience

_HOME_PAGE: Final = ("can_read", "Website")  # Airflow gives it to every role by itself
ALL: Final = "all"
_READING: Final = ("can_read", "menu_access")
_OF_EVERYBODY: Final = ("Task Logs", "XComs")
_ADMIN: Final = "Admin"  # Airflow's own role, which holds every permission; it grants none on the desk


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Role(_Strict):
    """The permissions of a role: on the desk, and (as names of lists in `Access.airflow`) in Airflow itself.

    If a deployment serves several partnerships, `partnerships` names those whose desks are meant, or `all`; a role
    without it is made separately for each partnership.
    """

    desk: list[May] = Field(default=[], description="what the role may do on the desk; none implies another")
    airflow: list[str] = Field(default=[], description="lists under airflow that the role has in Airflow itself")
    partnerships: list[str] = Field(
        default=[],
        description="the partnerships whose desks it opens, or all: without any, it is made for each separately",
    )


class Access(_Strict):
    """include/access.yml."""

    roles: dict[str, Role] = Field(description="by name as Airflow shows it, what a role may do")
    airflow: dict[str, dict[str, list[str]]] = Field(
        description="lists of permissions in Airflow by name: resource and actions"
    )
    given_by: str = Field(
        default="the Airflow administrator",
        description="who to ask for a role: the desk shows it to people without access",
    )

    def who_gives(self, needed: frozenset[May]) -> str:
        """Which role has permissions on the desk, and whom to ask for it, as a sentence or two."""
        has = [name for name, role in self.roles.items() if needed <= set(role.desk)]
        roles = " or ".join(f"“{name}”" for name in has)
        return f"The role {roles} allows it. Ask {self.given_by}." if has else f"Ask {self.given_by}."

    def readers(self) -> dict[Audience, str]:
        """Who reads a field of a report, in words with the roles that may."""
        found = {
            Audience.EVERYONE: "everyone who gets the briefing",
            Audience.NOBODY: "nobody: it is computed with, and not shown",
        }
        for audience in (Audience.DESK, Audience.DETAILS):
            roles = [name for name, role in self.roles.items() if audience.includes(frozenset(role.desk))]
            found[audience] = ", ".join(roles) or "no role has the right"
        return found

    def permissions(self, name: str) -> set[tuple[str, str]]:
        """The permissions of a role, as (action, resource), in a deployment with one partnership."""
        return {PERMISSIONS[may] for may in self.roles[name].desk} | self._of_airflow(name)

    def permissions_at(self, partnerships: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
        """Role -> its permissions, in a deployment with several partnerships.

        Roles of a single partnership may read Airflow's lists, but neither act in Airflow nor read task logs and XComs,
        which hold data of every partnership. They act on their own desk.
        """
        made = {}
        for name, role in self.roles.items():
            if unknown := set(role.partnerships) - {*partnerships, ALL}:
                raise DeclarationError(f"access.yml: roles: {name}: there is no partnership {sorted(unknown)[0]!r}")
            if role.partnerships:
                desk = {permission_at(PERMISSIONS[may], one) for may in role.desk for one in role.partnerships}
                made[name] = desk | self._of_airflow(name)
                continue
            reading = {one for one in self._of_airflow(name) if one[0] in _READING and one[1] not in _OF_EVERYBODY}
            for one in partnerships:
                made[f"{name}: {one}"] = {permission_at(PERMISSIONS[may], one) for may in role.desk} | reading
        return made

    def _of_airflow(self, name: str) -> set[tuple[str, str]]:
        given = (self.airflow[group] for group in self.roles[name].airflow)
        return {_HOME_PAGE} | {
            (action, resource) for lists in given for resource, actions in lists.items() for action in actions
        }


def permission_at(permission: tuple[str, str], partnership: str) -> tuple[str, str]:
    """The permission limited to the desk of one partnership."""
    action, resource = permission
    return action, f"{resource} of {partnership}"


def load_access(include: Include) -> Access:
    """The roles that are declared. Raises DeclarationError."""
    path = include / "access.yml"
    source = Source(shown_name(path), declared_text(path))
    access = validated(Access, parse_yaml(source.text, source.name), source)
    faults = [
        fault_in(source, f"roles.{name}.airflow", f"there is no list {one!r}", one)
        for name, role in access.roles.items()
        for one in role.airflow
        if one not in access.airflow
    ]
    if _ADMIN in access.roles:
        faults.append(
            fault_in(source, f"roles.{_ADMIN}", "Admin is Airflow's own; administrators get no case data by it")
        )
    if faults:
        raise DeclarationError.of(faults)
    return access


def apply_roles(access: Access, partnerships: Sequence[str] = ()) -> list[str]:
    """Gives each role in Airflow exactly the declared permissions. Returns the changes, in words."""
    one = {name: access.permissions(name) for name in access.roles}
    roles = access.permissions_at(partnerships) if partnerships else one
    with _security() as security:
        return [words for name, wanted in roles.items() for words in _apply(security, name, wanted)]


def _apply(security: Any, name: str, wanted: set[tuple[str, str]]) -> list[str]:
    role = security.add_role(name)
    has = {(one.action.name, one.resource.name): one for one in role.permissions}
    for action, resource in sorted(wanted - has.keys()):
        security.add_permission_to_role(role, security.create_permission(action, resource))
    for key in sorted(has.keys() - wanted):
        security.remove_permission_from_role(role, has[key])
    more, fewer = len(wanted - has.keys()), len(has.keys() - wanted)
    return [f"{name}: {more} permissions given, {fewer} taken away"] if more or fewer else []


def make_account(username: str, role: str) -> str | None:
    """Makes an account with a random password. Returns the password; None if the account exists.

    Raises TaskingError where there is no such role.
    """
    with _security() as security:
        if security.find_user(username=username):
            return None
        found = security.find_role(role)
        if found is None:
            raise TaskingError(f"there is no role {role!r}; make the roles first: tasking access apply")
        password = secrets.token_urlsafe(12)
        made = security.add_user(
            username, username.capitalize(), "(sample account)", f"{username}@example.org", found, password
        )  # fmt: skip
        if not made:
            raise TaskingError(f"the account {username} could not be made: see Airflow's log")
        return password


def desk_rights(user: Any, partnership: str | None = None) -> frozenset[May]:
    """What a user who is logged in to Airflow may do on the desk (of one partnership, if there are several).

    From their roles and groups, except Airflow's own Admin. Empty under an auth manager other than FAB's.
    """
    given = _given(user)
    if partnership is None:
        return frozenset(may for may, permission in PERMISSIONS.items() if permission in given)
    wheres = (partnership, ALL)
    return frozenset(
        may for may, one in PERMISSIONS.items() if any(permission_at(one, where) in given for where in wheres)
    )


def readable(user: Any, partnerships: Sequence[str]) -> list[str]:
    """The partnerships whose desks the user may read."""
    given, read = _given(user), PERMISSIONS[May.READ]
    return [name for name in partnerships if {permission_at(read, name), permission_at(read, ALL)} & given]


def _given(user: Any) -> set[tuple[str, str]]:
    from airflow.providers.fab.auth_manager.models import User
    from airflow.utils.session import create_session

    if not isinstance(user, User):
        return set()
    with create_session() as session:
        found = session.get(User, user.id)
        if found is None:
            return set()
        roles = {role.id: role for role in (*found.roles, *(role for group in found.groups for role in group.roles))}
        return {
            (one.action.name, one.resource.name)
            for role in roles.values() if role.name != _ADMIN
            for one in role.permissions
        }  # fmt: skip


@contextmanager
def _security() -> Iterator[Any]:
    """Airflow's security manager, for use in a command."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        yield builder.sm
