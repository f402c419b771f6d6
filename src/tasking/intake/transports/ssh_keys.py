"""The keys of an SFTP connection: the server's pinned keys and our own key."""

import base64
import binascii
import io
import re
from collections.abc import Callable
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

from tasking.intake.transports.extras import Extras
from tasking.intake.transports.transport_errors import unreachable
from tasking.model.errors import TransportError

_KINDS: dict[str, Callable[..., paramiko.PKey]] = {
    "ssh-ed25519": paramiko.Ed25519Key,
    "ssh-rsa": paramiko.RSAKey,
    "ecdsa-sha2-nistp256": paramiko.ECDSAKey,
    "ecdsa-sha2-nistp384": paramiko.ECDSAKey,
    "ecdsa-sha2-nistp521": paramiko.ECDSAKey,
}
# RSA keys sign with one of these; ssh-rsa itself (SHA-1) is not accepted.
_SIGNED_AS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
_NEED = (
    "we do not log in to a server that we can't recognise. Take its line from `ssh-keyscan -p PORT HOST`, compare it "
    "with the fingerprint that the partner gives, and put it in the connection"
)


def pinned_keys(feed: str, extras: Extras, host: str, port: int) -> list[paramiko.PKey]:
    """The pinned keys of the server, from host_key and known_hosts. Raises TransportError if there is none."""
    keys: list[paramiko.PKey] = []
    if given := extras.text("host_key"):
        keys.append(_public_key(feed, extras, given))
    if known := extras.text("known_hosts"):
        keys += _of_known_hosts(feed, extras, known, host if port == 22 else f"[{host}]:{port}")
    if not keys:
        raise TransportError(
            f"{feed}: the connection has no host_key to pin (extra: host_key, `ssh-ed25519 AAAA...`; or known_hosts, "
            f"the lines of such a file or its path); {_NEED}"
        )
    return keys


class PinnedHostKeyPolicy(paramiko.MissingHostKeyPolicy):
    """Accepts only a server with one of these keys. The client must have no known hosts."""

    def __init__(self, keys: list[paramiko.PKey]) -> None:
        self.keys = keys

    def missing_host_key(self, _client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        if key not in self.keys:
            raise paramiko.BadHostKeyException(hostname, key, self.keys[0])


def unpinned_key_types(keys: list[paramiko.PKey]) -> list[str]:
    """The types of host keys to disable, so that the server presents one of a pinned type."""
    wanted = {name for key in keys for name in _SIGNED_AS.get(key.get_name(), (key.get_name(),))}
    kinds = [*_KINDS, *(name for names in _SIGNED_AS.values() for name in names)]
    return [name for name in kinds if name not in wanted]


def client_key(feed: str, extras: Extras) -> paramiko.PKey | None:
    """The private key to log in with, from key_file or private_key; None if neither is given. Raises TransportError."""
    path, text = extras.text("key_file"), extras.text("private_key")
    passphrase = extras.text("private_key_passphrase") or extras.text("passphrase") or None
    if path and text:
        raise extras.fault("private_key", "and key_file are both given: leave one of them out")
    if not path and not text:
        if passphrase:
            raise extras.fault("private_key_passphrase", "has no key to open: give private_key or key_file too")
        return None
    name = "key_file" if path else "private_key"
    try:
        content = Path(path).expanduser().read_text("ascii", "replace") if path else text
    except FileNotFoundError as error:
        what = "our own key_file can't be read: there is no such file on this machine"
        raise unreachable(feed, what, error) from error
    except (OSError, RuntimeError) as error:
        raise unreachable(feed, "our own key_file can't be read", error) from error
    return _private_key(feed, name, _mended(content), passphrase)


def _public_key(feed: str, extras: Extras, given: str) -> paramiko.PKey:
    """Parses `ssh-ed25519 AAAA…`, `AAAA…` alone, or a line of ssh-keyscan with the host in front."""
    words = given.split()
    if any(re.fullmatch(r"(SHA256|MD5):.+|([0-9a-f]{2}:){15}[0-9a-f]{2}", word) for word in words):
        raise extras.fault("host_key", f"is a fingerprint and not a key; {_NEED}")
    data = next((word for word in words if word.startswith("AAAA")), words[-1])
    named = next((word for word in words if word in _KINDS or word == "ssh-dss"), "")
    what = "the connection's host_key is not a key: was it copied whole?"
    try:
        blob = base64.b64decode(data, validate=True)
        kind = paramiko.Message(blob).get_text()
        if kind == "ssh-dss" or named == "ssh-dss":
            raise extras.fault("host_key", "is a DSA key, which is no longer safe: pin another of the server's keys")
        if kind not in _KINDS:
            raise TransportError(f"{feed}: {what} Its kind is none of {', '.join(_KINDS)}")
        if named and named != kind:
            raise extras.fault("host_key", f"says {named} and holds a key of another kind, {kind}: copy the line again")
        return _KINDS[kind](data=blob)
    except (paramiko.SSHException, binascii.Error, ValueError, IndexError, UnsupportedAlgorithm) as error:
        raise unreachable(feed, what, error) from error


def _of_known_hosts(feed: str, extras: Extras, known: str, host: str) -> list[paramiko.PKey]:
    text = known
    if known.casefold() == "none":
        raise extras.fault("known_hosts", f"turns off the check of the server's key; {_NEED}")
    if "\n" not in known and len(known.split()) < 3:
        try:
            text = Path(known).expanduser().read_text("utf-8", "replace")
        except (OSError, RuntimeError) as error:
            raise unreachable(feed, "the connection's known_hosts names a file that can't be read", error) from error
    keys: list[paramiko.PKey] = []
    revoked: list[paramiko.PKey] = []
    for line in text.replace("\\n", "\n").splitlines():
        marker, _, rest = line.strip().partition(" ")
        if marker == "@cert-authority":
            continue  # a certificate authority's key: the server's own must be pinned
        found = _of_line(rest if marker == "@revoked" else line)
        if found is not None and _is_for(found, host):
            (revoked if marker == "@revoked" else keys).append(found.key)
    keys = [key for key in keys if key not in revoked]
    if not keys:
        raise extras.fault("known_hosts", f"has no key for {host}; {_NEED}")
    return keys


def _of_line(line: str) -> HostKeyEntry | None:
    try:
        entry = HostKeyEntry.from_line(line)
    except (InvalidHostKey, paramiko.SSHException, ValueError):
        return None
    return entry if entry is not None and entry.key is not None and entry.key.get_name() in _KINDS else None


def _is_for(entry: HostKeyEntry, host: str) -> bool:
    """Whether a line is for this host, whose name may be hashed."""
    return any(
        name == host or (name.startswith("|1|") and paramiko.HostKeys.hash_host(host, name) == name)
        for name in entry.hostnames
    )


def _mended(text: str) -> str:
    """A key whose line ends a form or an address has lost: as `\\n`, or as spaces."""
    text = text.replace("\\n", "\n").strip()
    found = re.fullmatch(r"(-----BEGIN [A-Z0-9 ]+-----)([A-Za-z0-9+/=\s]+)(-----END [A-Z0-9 ]+-----)", text)
    if found:
        letters = "".join(found[2].split())
        lines = [letters[at : at + 64] for at in range(0, len(letters), 64)]
        text = "\n".join((found[1], *lines, found[3]))
    return text + "\n"


def _private_key(feed: str, name: str, text: str, passphrase: str | None) -> paramiko.PKey:
    what = f"our own {name} can't be read"
    if text.startswith("PuTTY-User-Key-File"):
        raise TransportError(f"{feed}: {what}: it is PuTTY's; export it in PuTTYgen as an OpenSSH key")
    if text.startswith(("ssh-", "ecdsa-", "---- BEGIN SSH2 PUBLIC")):
        raise TransportError(f"{feed}: {what}: it is the public half; give the private one")
    fault: Exception | None = None
    for kind in (paramiko.Ed25519Key, paramiko.RSAKey, paramiko.ECDSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase)
        except paramiko.PasswordRequiredException as error:
            words = f"{what}: it is protected; give its passphrase as private_key_passphrase"
            raise unreachable(feed, words, error) from error
        except (paramiko.SSHException, ValueError, TypeError, IndexError, UnsupportedAlgorithm) as error:
            fault = error
    words = f"{what}: was it copied whole, and is it ed25519, RSA or ECDSA"
    words += ", and is the passphrase right?" if passphrase else "?"
    raise unreachable(feed, words, fault or ValueError()) from fault
