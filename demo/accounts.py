"""The roles and the accounts of a sample installation, made in one process, for Airflow takes long to start.

    python demo/accounts.py 'viewer=Tasking viewer' 'keeper=Tasking officer'

Prints each new account with its password.
"""

import sys

from tasking.runtime.access import apply_roles, load_access, make_account
from tasking.runtime.settings import Settings


def main(accounts: list[str]) -> None:
    settings = Settings()
    apply_roles(load_access(settings.include), settings.partnerships)
    for account in accounts:
        name, _, role = account.partition("=")
        if password := make_account(name, role):
            print(f"{name} {password}")


if __name__ == "__main__":
    main(sys.argv[1:])
