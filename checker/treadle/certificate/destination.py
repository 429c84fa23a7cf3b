"""Where a certificate is to be written: looked at before the exploration, which may take long."""

from __future__ import annotations

import tempfile
from pathlib import Path


class CertificateError(ValueError):
    """A certificate cannot be written where it was asked for; the message is one sentence that says why."""


def checked_destination(certificate: str, program: str | None) -> None:
    """Raise CertificateError unless the certificate of that program can be written to that file."""
    path = Path(certificate)
    if program is None:
        raise CertificateError(f"{path}: a certificate is of one program; name it as FILE::PROGRAM")
    try:
        if path.exists() and not path.is_file():
            raise CertificateError(f"{path}: no certificate can be written here: this is no file; name one")
        if path.exists():
            path.open("ab").close()
        tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}").close()
    except OSError as error:
        raise CertificateError(f"{path}: no certificate can be written here: {error.strerror}; name another") from None
