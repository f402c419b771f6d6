"""Roles and accounts in Airflow, under its FAB auth manager: what include/access.yml says, made and kept so."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from tasking.declarations import Include
from tasking.model.access import PERMISSIONS, May
from tasking.model.errors import DeclarationError, TaskingError
from tasking.yaml_file import read_yaml

_HOME_PAGE: Final = ("can_read", "Website")  # Airflow gives it to every role by itself
_ADMIN: Final = "Admin"  # of Airflow's own; it gets every permission there is, and none of the desk's counts from it


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Role(_Strict):
    """What people of a role may do on the desk, and which lists of Airflow's own permissions they have."""

    desk: list[May] = []
    airflow: list[str] = []


class Access(_Strict):
    """include/access.yml."""

    roles: dict[str, Role]
    airflow: dict[str, dict[str, list[str]]]

    def permissions(self, name: str) -> set[tuple[str, str]]:
        """(action, resource) of everything that a role may do."""
        role = self.roles[name]
        own = {PERMISSIONS[may] for may in role.desk} | {_HOME_PAGE}
        return own | {
            (action, resource)
            for group in role.airflow
            for resource, actions in self.airflow[group].items()
            for action in actions
        }


def load_access(include: Include) -> Access:
    """The roles that are declared. Raises DeclarationError."""
    try:
        access = Access.model_validate(read_yaml(include / "access.yml"))
    except ValidationError as error:
        raise DeclarationError(f"access.yml: {error}") from error
    for name, role in access.roles.items():
        if name == _ADMIN:
            raise DeclarationError("access.yml: roles: Admin is Airflow's own; administrators get no case data by it")
        if unknown := set(role.airflow) - set(access.airflow):
            raise DeclarationError(f"access.yml: roles: {name}: there is no list {sorted(unknown)[0]!r}")
    return access


def apply_roles(access: Access) -> list[str]:
    """Makes each role in Airflow just as it is declared. Returns what was changed, in words."""
    with _security() as security:
        return [words for name in access.roles for words in _apply(security, name, access.permissions(name))]


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
    """Makes an account with a password that nobody has seen yet. Returns it; None where the account is there already.

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


def desk_rights(user: Any) -> frozenset[May]:
    """What somebody who is logged in to Airflow may do on the desk: by their roles and groups, Airflow's own Admin left
    out. Nothing under an auth manager other than FAB's."""
    from airflow.providers.fab.auth_manager.models import User
    from airflow.utils.session import create_session

    if not isinstance(user, User):
        return frozenset()
    with create_session() as session:
        found = session.get(User, user.id)
        if found is None:
            return frozenset()
        roles = {role.id: role for role in (*found.roles, *(role for group in found.groups for role in group.roles))}
        given = {
            (one.action.name, one.resource.name)
            for role in roles.values() if role.name != _ADMIN
            for one in role.permissions
        }  # fmt: skip
    return frozenset(may for may, permission in PERMISSIONS.items() if permission in given)


@contextmanager
def _security() -> Iterator[Any]:
    """Airflow's security manager, for a command of ours."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        yield builder.sm
