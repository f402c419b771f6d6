"""What can be known of the image and the compose file without an engine."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

DOCKER = ROOT / "docker"
PROFILES = ("small", "scale", "practice")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DOCKER / "compose.yml").read_text())


def of_profile(compose: dict, profile: str) -> dict:
    return {name: one for name, one in compose["services"].items() if profile in one["profiles"]}


@pytest.mark.server
@pytest.mark.parametrize("profile", PROFILES)
def test_compose_takes_the_file(profile, tmp_path):
    """`docker-compose config`, with the settings of .env.example and no password beside it."""
    program = shutil.which("docker-compose")
    assert program, "docker-compose is not installed; .ci/run installs it"
    shutil.copytree(DOCKER, tmp_path / "docker")
    (tmp_path / "docker" / ".env").write_text((DOCKER / ".env.example").read_text())
    command = [program, "--profile", profile, "config", "-q"]
    environment = {"PATH": os.environ["PATH"], "PRACTICE_PASSWORD": "made up here"}
    done = subprocess.run(command, cwd=tmp_path / "docker", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_each_profile_has_its_parts(compose):
    parts = {"postgresql", "set-up", "proxy", "api-server", "dag-processor", "triggerer"}
    assert set(of_profile(compose, "small")) == parts | {"scheduler"}
    assert set(of_profile(compose, "scale")) == parts | {"redis", "scheduler-celery", "worker"}
    assert compose["services"]["worker"]["deploy"]["replicas"] >= 2
    assert compose["services"]["scheduler-celery"]["deploy"]["replicas"] >= 2


def test_there_is_no_password_to_start_with(compose):
    text = (DOCKER / "compose.yml").read_text() + (DOCKER / "airflow.env").read_text()
    assert "POSTGRES_PASSWORD:" not in text
    assert "PASSWORD:-" not in text
    example = (DOCKER / ".env.example").read_text().splitlines()
    assert all(line.partition("=")[2] == "" for line in example if "PASSWORD" in line and not line.startswith("#"))


def test_nothing_is_open_but_the_proxy_and_on_loopback_the_api_server(compose):
    published = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert published.keys() == {"proxy", "api-server"}
    assert published["proxy"] == ["80:80", "443:443"]
    assert all(port.startswith("127.0.0.1:") for port in published["api-server"])


def test_our_containers_have_nothing_that_they_do_not_need(compose):
    ours = [one for one in compose["services"].values() if "TASKING_IMAGE" in one["image"]]
    assert len(ours) >= 8
    for one in ours:
        assert one["read_only"]
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]


def test_the_image_is_nobodys_who_may_write_to_it():
    lines = (DOCKER / "Dockerfile").read_text().splitlines()
    assert "USER 50000:50000" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert sum(line.startswith("FROM") for line in lines) == 2


def test_no_secret_is_committed_or_sent_to_an_engine():
    """What is copied into the image is let through to the engine by name, and nothing else is."""
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"docker/.env", "docker/secrets/", "docker/certificates/"} <= set(ignored)
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    copies = [
        line.split()[1:-1] for line in (DOCKER / "Dockerfile").read_text().splitlines() if line.startswith("COPY")
    ]
    copied = {one.removeprefix("./") for words in copies if "--from=build" not in words for one in words}
    assert {line[1:] for line in let_through if line.startswith("!")} == copied
    assert "*" in let_through


def test_the_settings_are_ones_that_airflow_knows():
    import airflow
    from airflow.configuration import conf

    # Airflow reads one that its own description lacks.
    scheduler = (Path(airflow.__path__[0]) / "jobs" / "scheduler_job_runner.py").read_text()
    for line in (DOCKER / "airflow.env").read_text().splitlines():
        if line.startswith("AIRFLOW__"):
            section, option = line.partition("=")[0].removeprefix("AIRFLOW__").lower().split("__", 1)
            described = conf.configuration_description.get(section, {}).get("options", {})
            assert option in described or (section == "scheduler" and f'key="{option}"' in scheduler), line


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path):
    script, folder = DOCKER / "make-secrets.sh", tmp_path / "secrets"
    subprocess.run([script, folder], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(made) == {"jwt", "api", "fernet", "postgresql", "redis", "pseudonym"}
    assert len(made["jwt"]) >= 64
    assert made["pseudonym"].startswith("k1:")
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    subprocess.run([script, folder], check=True, capture_output=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == made


def test_the_secrets_are_of_use(tmp_path):
    from cryptography.fernet import Fernet

    from tasking.runtime.keys import pseudonyms
    from tasking.runtime.settings import Settings

    subprocess.run([DOCKER / "make-secrets.sh", tmp_path], check=True, capture_output=True)
    Fernet((tmp_path / "fernet").read_text())
    assert pseudonyms(Settings(home=ROOT, pseudonym_key=(tmp_path / "pseudonym").read_text())).key_id == "k1"


def test_the_entrypoint_gives_airflow_its_secrets_and_starts_what_it_is_told(tmp_path):
    subprocess.run([DOCKER / "make-secrets.sh", tmp_path], check=True, capture_output=True)
    environment = {"PATH": "/usr/bin:/bin", "TASKING_SECRETS_FOLDER": str(tmp_path)}
    done = subprocess.run(
        [DOCKER / "entrypoint.sh", "env"], env=environment, capture_output=True, text=True, check=True
    )
    given = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    password = (tmp_path / "postgresql").read_text()
    assert (
        given["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
        == f"postgresql+psycopg2://airflow:{password}@postgresql:5432/airflow"
    )
    assert given["AIRFLOW__API_AUTH__JWT_SECRET"] == (tmp_path / "jwt").read_text()
    assert given["TASKING_PSEUDONYM_KEY"] == (tmp_path / "pseudonym").read_text()
