"""A certificate that nobody has signed, and a server's side of TLS with it."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def make_certificate(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1 in one file."""
    program = shutil.which("openssl")
    if not program:
        pytest.skip("No openssl: install the package openssl.")
    file = folder / "both.pem"
    command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-keyout", str(file), "-out", str(file)]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    return file


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Both are in one file, the key first or last as the program likes it.
    context.load_cert_chain(certificate, certificate)
    return context
