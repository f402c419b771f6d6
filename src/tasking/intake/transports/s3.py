"""Options for S3 and compatible stores, from an Airflow connection of the AWS form."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

from tasking.intake.transports.address import TIMEOUT_S, Address
from tasking.intake.transports.extras import Extras
from tasking.intake.transports.transport_errors import causes_of, unreachable
from tasking.model.errors import TransportError

log = structlog.get_logger(__name__)

KINDS = ("s3://", "s3a://")
_TRIES = {"max_attempts": 2}
_SUPPORTED = (
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region_name", "endpoint_url", "verify",
    "role_arn", "external_id", "assume_role_method", "assume_role_kwargs", "service_config", "config_kwargs",
    "scheme",
)  # fmt: skip
_REFUSED = {
    "aws_account_id": "is no longer used to take a role: give role_arn",
    "aws_iam_role": "is no longer used to take a role: give role_arn",
    "host": "is no longer used: give endpoint_url",
    "profile_name": "is not followed here, as workers have no file of profiles: give the key as login and password",
    "session_kwargs": "is not followed here: give region_name, aws_session_token and role_arn by themselves",
    "s3_config_file": "is not followed here: give the key as login and password",
    "s3_config_format": "is not followed here: give the key as login and password",
}
_CONFIG = ("signature_version", "s3")
_ROLE = ("ExternalId", "RoleSessionName", "DurationSeconds", "Policy", "PolicyArns", "SourceIdentity")

_NOT_ALLOWED = ("AccessDenied", "403")
_CODES = {
    "InvalidAccessKeyId": "the store does not know the access key: check the login of the connection",
    "SignatureDoesNotMatch": "the secret key is not the one of that access key: check the password of the connection",
    "InvalidClientTokenId": "the access key or the session token is not known: check the login of the connection",
    "ExpiredToken": "the session token has expired: put a new aws_session_token in the connection, or use role_arn",
    "ExpiredTokenException": "the session token has expired: put a new one in the connection, or use role_arn",
    "InvalidToken": "the session token is not one that the store knows: check aws_session_token",
    "TokenRefreshRequired": "the session token must be renewed: put a new aws_session_token in the connection",
    "AccessDenied": "the key may not do that: ask for s3:ListBucket on the bucket and s3:GetObject on what is in it",
    "AllAccessDisabled": "all access to the bucket is turned off: ask its owner",
    "AccountProblem": "there is a problem with the account at the store: ask its owner",
    "403": "the key may not do that: ask for s3:ListBucket on the bucket and s3:GetObject on what is in it",
    "PermanentRedirect": "the bucket is in another region: check region_name and endpoint_url",
    "TemporaryRedirect": "the bucket is in another region: check region_name and endpoint_url",
    "301": "the bucket is in another region: check region_name and endpoint_url",
    "AuthorizationHeaderMalformed": "the region is not the bucket's: check region_name",
    "IllegalLocationConstraintException": "the region is not the bucket's: check region_name",
    "RequestTimeTooSkewed": "the clock of this machine is off: set it",
    "InvalidBucketName": "that is no name of a bucket: check the url in the feed's declaration",
    "NoSuchBucket": "there is no such bucket: check the url in the feed's declaration",
    "InvalidObjectState": "the object is in cold storage: ask the partner to restore it",
    "SlowDown": "the store asks us to slow down; it is asked again",
    "ServiceUnavailable": "the store is not working; it is asked again",
    "InternalError": "the store is not working; it is asked again",
    "503": "the store is not working, or asks us to slow down; it is asked again",
    "500": "the store is not working; it is asked again",
}


def error_code_words(error: BaseException) -> str:
    """What the store's error code means and what to do; empty if it is unknown."""
    for details in _error_details(error):
        words = _CODES.get(str(details.get("Code")), "")
        if words:
            region = re.fullmatch(r"[a-z0-9\-]{4,30}", str(details.get("Region", "")))
            return f"{words}; the store says {region[0]}" if region and "region_name" in words else words
    return ""


def may_lack_list_right_only(error: BaseException) -> bool:
    """Whether only the right to list may be missing; with a wrong key, reading would fail too."""
    return all(str(details.get("Code")) in _NOT_ALLOWED for details in _error_details(error))


def _may_not(error: BaseException) -> bool:
    return any(str(details.get("Code")) in _NOT_ALLOWED for details in _error_details(error))


def _error_details(error: BaseException) -> Iterator[dict[str, Any]]:
    for cause in causes_of(error):
        answer = getattr(cause, "response", None)
        if isinstance(answer, dict) and isinstance(answer.get("Error"), dict):
            yield answer["Error"]


def s3_options(feed: str, address: Address | None) -> dict[str, Any]:
    """The arguments of s3fs. Raises TransportError for options that are not supported."""
    extras = Extras(feed, address.extra if address else {}, _SUPPORTED, _REFUSED)
    services = extras.mapping("service_config", ("s3", "sts"))
    config: dict[str, Any] = {"connect_timeout": TIMEOUT_S, "read_timeout": TIMEOUT_S, "retries": _TRIES}
    options: dict[str, Any] = {
        "use_listings_cache": False,
        "skip_instance_cache": True,
        "config_kwargs": config | extras.mapping("config_kwargs", _CONFIG),
    }
    if extras.mapping("config_kwargs").get("signature_version") == "unsigned":
        del options["config_kwargs"]["signature_version"]
        options["anon"] = True
    client = {name: extras.text(name) for name in ("endpoint_url", "region_name") if name in extras}
    if endpoint := _endpoint(extras, services, "s3"):
        client["endpoint_url"] = endpoint
    if path := _authorities(extras):
        client["verify"] = path
    options["client_kwargs"] = client
    key = _key(feed, address, extras)
    if "role_arn" in extras:
        key = _role(feed, extras, key, client, services)
    elif "external_id" in extras or "assume_role_kwargs" in extras:
        raise extras.fault("external_id" if "external_id" in extras else "assume_role_kwargs", "needs a role_arn too")
    return options | key


def _key(feed: str, address: Address | None, extras: Extras) -> dict[str, str]:
    login = (address.login if address else None) or extras.text("aws_access_key_id")
    secret = (address.password if address else None) or extras.text("aws_secret_access_key")
    if bool(login) != bool(secret):
        lacks = "secret key (password)" if login else "access key (login)"
        raise TransportError(f"{feed}: the connection has half of a key: the {lacks} is missing")
    token = extras.text("aws_session_token")
    if token and not login:
        raise extras.fault("aws_session_token", "belongs to a key: give the access key and the secret key too")
    key = {"key": login, "secret": secret, "token": token}
    return {name: value for name, value in key.items() if value}


def _authorities(extras: Extras) -> str | None:
    path = extras.certificate_file("verify")
    if path is not None and not Path(path).is_file():
        raise extras.fault("verify", "names a file of certificates that is not on this machine")
    return path


def _endpoint(extras: Extras, services: dict[str, Any], service: str) -> str:
    details = services.get(service, {})
    if not isinstance(details, dict) or not set(details) <= {"endpoint_url"}:
        raise extras.fault("service_config", f"should be endpoint_url and no more for {service}")
    return str(details.get("endpoint_url", ""))


def _role(
    feed: str, extras: Extras, key: dict[str, str], client: dict[str, Any], services: dict[str, Any]
) -> dict[str, str]:
    """Temporary credentials of the role that the connection's key may assume."""
    if extras.text("assume_role_method") not in ("", "assume_role"):
        raise extras.fault("assume_role_method", "is not followed here but for assume_role")
    from botocore.config import Config
    from botocore.session import get_session

    asked = {"RoleSessionName": f"tasking-{feed}"} | extras.mapping("assume_role_kwargs", _ROLE)
    if "external_id" in extras:
        asked["ExternalId"] = extras.text("external_id")
    options = {
        "aws_access_key_id": key.get("key"),
        "aws_secret_access_key": key.get("secret"),
        "aws_session_token": key.get("token"),
        "region_name": client.get("region_name"),
        "verify": client.get("verify"),
        # As in Airflow, STS has an endpoint of its own.
        "endpoint_url": _endpoint(extras, services, "sts") or None,
        "config": Config(connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S, retries=_TRIES),
    }
    try:
        sts = get_session().create_client("sts", **options)
        try:
            given = sts.assume_role(RoleArn=extras.text("role_arn"), **asked)["Credentials"]
        finally:
            sts.close()
    except Exception as error:  # botocore raises many kinds of error
        what = "the role could not be taken: check role_arn, external_id and the key that takes it"
        words = _TRUST if _may_not(error) else error_code_words(error)
        raise unreachable(feed, what, error, words) from error
    return {"key": given["AccessKeyId"], "secret": given["SecretAccessKey"], "token": given["SessionToken"]}


_TRUST = "ask the owner of the role to let our key assume it (sts:AssumeRole, and its external id)"
