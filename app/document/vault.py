"""Encryption at rest: a random key seals every file and value; a passphrase opens the key."""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.document.errors import SealBroken, VaultDamaged, WrongPassphrase

_MAGIC = b"MLV1"
_NONCE = 12
_KEY = 32
_WRAPPED = b"maskloop data key"


@dataclass(frozen=True)
class Cost:
    """What one try of a passphrase costs (scrypt): about 128 * n * r bytes of memory."""

    n: int = 2**17
    r: int = 8
    p: int = 1

    @property
    def is_sane(self) -> bool:
        """A hostile header must not take all memory, nor a weak one be taken for safe."""
        is_power = self.n > 1 and self.n & (self.n - 1) == 0
        return is_power and self.n <= 2**20 and 1 <= self.r <= 16 and 1 <= self.p <= 4


class Vault:
    """Seals and opens bytes with one 256-bit key, which is never written. Any thread.

    AES-256-GCM; each message has 96 random bits as its nonce, so that two processes or a restored
    backup never repeat one. What is sealed is bound to its context: a file or value that was put in
    another one's place does not open.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    @classmethod
    def new(cls) -> Vault:
        """A vault with a random key."""
        return cls(AESGCM.generate_key(8 * _KEY))

    def seal(self, data: bytes, context: str) -> bytes:
        """Encrypt; the result is 32 bytes longer."""
        nonce = os.urandom(_NONCE)
        return _MAGIC + nonce + self._cipher.encrypt(nonce, data, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt. Raises `SealBroken` when it was changed, moved, or never sealed."""
        start = len(_MAGIC) + _NONCE
        try:
            if not sealed.startswith(_MAGIC) or len(sealed) < start + 16:
                raise SealBroken("is not encrypted, though its project is")
            nonce = sealed[len(_MAGIC) : start]
            return self._cipher.decrypt(nonce, sealed[start:], context.encode())
        except InvalidTag:
            raise SealBroken("was changed, moved or damaged since it was encrypted") from None

    def header(self, passphrase: str, cost: Cost | None = None) -> bytes:
        """The JSON file from which the passphrase, and nothing else, gives this vault again."""
        cost = cost or Cost()
        salt, nonce = os.urandom(16), os.urandom(_NONCE)
        wrapped = AESGCM(_stretched(passphrase, salt, cost)).encrypt(nonce, self._key, _WRAPPED)
        content = {
            "format": 1,
            "cipher": "AES-256-GCM",
            "kdf": {"name": "scrypt", **asdict(cost), "salt": _text(salt)},
            "key": {"nonce": _text(nonce), "wrapped": _text(wrapped)},
        }
        return json.dumps(content, indent=1).encode()


def unlock(header: bytes, passphrase: str) -> Vault:
    """The vault of a header; takes some tenths of a second.

    Raises `WrongPassphrase`, or `VaultDamaged` when the header is no such file.
    """
    cost, salt, nonce, wrapped = check_header(header)
    try:
        return Vault(AESGCM(_stretched(passphrase, salt, cost)).decrypt(nonce, wrapped, _WRAPPED))
    except (InvalidTag, ValueError):
        raise WrongPassphrase("This passphrase is wrong: try again.") from None


def check_header(header: bytes) -> tuple[Cost, bytes, bytes, bytes]:
    """Cost, salt, nonce and wrapped key of a header. Raises `VaultDamaged`."""
    try:
        content = json.loads(header)
        kdf, key = content["kdf"], content["key"]
        cost = Cost(*(_whole(kdf[name]) for name in ("n", "r", "p")))
        salt, nonce, wrapped = map(_bytes, (kdf["salt"], key["nonce"], key["wrapped"]))
        if content["format"] != 1 or not cost.is_sane or len(nonce) != _NONCE:
            raise ValueError("unknown format")
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise VaultDamaged(
            "The encryption header of this project is damaged: restore vault.json from a backup."
        ) from error
    return cost, salt, nonce, wrapped


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    scrypt = Scrypt(salt=salt, length=_KEY, n=cost.n, r=cost.r, p=cost.p)
    return scrypt.derive(passphrase.encode("utf-8", "surrogatepass"))


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError("no whole number")
    return value


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)
