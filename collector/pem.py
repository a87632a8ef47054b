"""Certificates and keys in PEM files, in plain words where they are no good."""

import ssl
from pathlib import Path
from typing import Final, NoReturn

from analyzer.errors import InputError

MISMATCH: Final = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
"""OpenSSL's reasons for a key that is not the certificate's; the last where its kind is another."""


def trust(context: ssl.SSLContext, file: Path, *, option: str) -> None:
    """Let a context trust the certificates in a file.

    Raises:
        InputError: they are none in PEM.
    """
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise InputError(
            f"cannot use the certificates in {file}: {error.reason or error}",
            hint=f"{option} takes certificates in PEM form",
        ) from None


def read(file: Path, *, option: str) -> bytes:
    """The content of a file; the option that names it is for the hint.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read {file}: {error.strerror}", hint=f"check the path of {option}"
        ) from None


def read_certificates(file: Path, *, option: str) -> bytes:
    """The content of a file of certificates; the option that names it is for the hint.

    Raises:
        InputError: it cannot be read, or holds no certificate in PEM.
    """
    content = read(file, option=option)
    if b"CERTIFICATE-----" in content:
        return content
    if b"PRIVATE KEY-----" in content:
        raise InputError(
            f"{file} holds a key and no certificate", hint=f"{option} takes certificates"
        )
    raise InputError(
        f"{file} holds no certificate in PEM form",
        hint=f"{option} takes PEM (-----BEGIN CERTIFICATE-----); a DER file becomes that with"
        " `openssl x509 -inform der`",
    )


def show(
    context: ssl.SSLContext, certificate: Path, key: Path, *, key_option: str, if_mismatched: str
) -> None:
    """Let a context show a certificate.

    Args:
        context: whose it is to be.
        certificate: with those that lead to its authority, if any.
        key: its private key.
        key_option: what names the key, for the hint.
        if_mismatched: the hint where the key is not the certificate's.

    Raises:
        InputError: they are no good, or not together.
    """
    try:
        context.load_cert_chain(certificate, key, password=lambda: _refuse_encrypted(key))
    except ssl.SSLError as error:
        if error.reason in MISMATCH:
            raise InputError(
                f"the key {key} does not belong to the certificate {certificate}",
                hint=if_mismatched,
            ) from None
        raise InputError(
            f"cannot use the certificate {certificate} with the key {key}:"
            f" {error.reason or 'the key is not in PEM form'}",
            hint=f"{key_option} takes an unencrypted private key in PEM form"
            " (-----BEGIN PRIVATE KEY-----)",
        ) from None


def _refuse_encrypted(key: Path) -> NoReturn:
    """Stand in for the password of a key.

    Raises:
        InputError: always, for there is none to be had.
    """
    raise InputError(
        f"the key {key} is encrypted",
        hint=f"decrypt it into a file that only you may read: openssl pkey -in {key} -out FILE",
    )
