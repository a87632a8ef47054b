import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services.launcher import up
from tests.services.otlp_sink import CLIENT, otlp_sink, wait_until
from tests.services.running_system import get, of_service, post

pytestmark = pytest.mark.needs("postgres")

UNPRIVILEGED = "nobody"
"""Who runs the server where the tests run as root, which PostgreSQL refuses to be."""


@pytest.fixture
def database_url() -> Iterator[str]:
    """A PostgreSQL server of the test's own, reached through a socket file."""
    # Not in pytest's directory: an unprivileged server could not get there.
    directory = Path(tempfile.mkdtemp(prefix="slowhop-pg-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(directory, user)
    data = directory / "data"
    initdb = ["initdb", "--username=shop", "--auth=trust", "--no-sync", f"--pgdata={data}"]
    subprocess.run(initdb, user=user, cwd=directory, check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen(
        ["postgres", "-D", data, "-k", directory, "-c", "listen_addresses=", "-c", "fsync=off"],
        user=user,
        cwd=directory,
        stderr=subprocess.DEVNULL,
    )
    url = f"postgresql://shop@/postgres?host={directory}"
    try:
        assert wait_until(lambda: answers(url))
        yield url
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(directory)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_shop_keeps_its_tables_in_postgresql(database_url: str, tmp_path: Path) -> None:
    with otlp_sink() as sink:
        with up(
            "shop",
            fault="slow_query",
            log_dir=tmp_path,
            otlp_endpoint=sink.endpoint,
            database_url=database_url,
        ) as shop:
            assert get(shop, "/products/7").json()["product"]["id"] == 7
            assert post(shop, "/cart", {"user": "ada", "product_id": 7}).status_code == 201
            assert post(shop, "/checkout", {"user": "ada"}).status_code == 200
        spans = sink.spans()
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT min(quantity), max(quantity) FROM inventory_stock"
        ).fetchone()
    assert row is not None
    assert row[0] == row[1] - 1, "one was bought"
    queries = [span for span in spans if span.attributes.get("db.system") == "postgresql"]
    assert {span.service for span in queries} == {"catalog", "inventory"}
    assert {span.kind for span in queries} == {CLIENT}
    stock = [span for span in of_service(queries, "inventory") if span.name == "SELECT"]
    assert min(span.end_ns - span.start_ns for span in stock) >= 90e6
    assert all(span.parent_id for span in spans if span.service != "gateway")
