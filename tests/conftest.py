"""What all tests share: which programs the machine has, and certificates."""

import os
import shutil

import pytest

from tests.pki import Pki

PROGRAMS = {
    "go": ("go",),
    "node": ("node", "npm"),
    "java": ("java", "mvn"),
    "chromium": ("chromium",),
    "postgres": ("initdb", "postgres"),
}
"""What a test may need, and the programs that stand for it."""


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Certificates, made once."""
    return Pki.make(tmp_path_factory.mktemp("pki"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip a test whose program is missing; with SLOWHOP_REQUIRE_ALL set, let it fail instead."""
    if os.environ.get("SLOWHOP_REQUIRE_ALL"):
        return
    for item in items:
        for marker in item.iter_markers("needs"):
            for need in marker.args:
                missing = [program for program in PROGRAMS[need] if shutil.which(program) is None]
                if missing:
                    reason = f"needs {' and '.join(missing)}, which this machine does not have"
                    item.add_marker(pytest.mark.skip(reason=reason))
