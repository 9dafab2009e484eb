"""A passkey in software: it answers a page as a browser with a key does."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

PRESENT, VERIFIED = AuthenticatorData.FLAG.UP, AuthenticatorData.FLAG.UV


class SoftKey:
    """A key of one person; `is_verified` says whether it asks for a finger or a PIN."""

    def __init__(self, *, is_verified: bool = True, host: str = "testserver") -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.key_id = secrets.token_bytes(16)
        self.flags = PRESENT | (VERIFIED if is_verified else 0)
        self.host = host

    def registration(self, options: dict[str, Any]) -> str:
        """Answer the page that adds a key."""
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(Aaguid.NONE, self.key_id, public)
        data = AuthenticatorData.create(self._site(), self.flags | AuthenticatorData.FLAG.AT, 0, credential)
        answer = {"attestationObject": websafe_encode(AttestationObject.create("none", data, {}))}
        return self._answer("webauthn.create", options, answer)

    def assertion(self, options: dict[str, Any], person: str = "") -> str:
        """Answer a page that asks for the key; a passkey says whose it is."""
        data = AuthenticatorData.create(self._site(), self.flags, 0)
        about = self._about("webauthn.get", options)
        signed = self.private.sign(data + hashlib.sha256(about).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signed),
            "userHandle": websafe_encode(person.encode()),
        }
        return self._answer("webauthn.get", options, answer)

    def _site(self) -> bytes:
        return hashlib.sha256(self.host.encode()).digest()

    def _about(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        return CollectedClientData.create(kind, challenge, f"https://{self.host}")

    def _answer(self, kind: str, options: dict[str, Any], answer: dict[str, str]) -> str:
        key_id = websafe_encode(self.key_id)
        response = {"clientDataJSON": websafe_encode(self._about(kind, options)), **answer}
        return json.dumps(
            {
                "id": key_id,
                "rawId": key_id,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )
