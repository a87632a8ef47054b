import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.errors import ServiceError
from services.launcher import SYSTEMS, up
from services.shop.topology import SERVICES
from tests.services.otlp_sink import wait_until
from tests.services.running_system import get, is_alive

ROOT = Path(__file__).resolve().parents[2]


def test_services_answer_when_up_returns_and_are_gone_when_the_block_ends(tmp_path: Path) -> None:
    with up("tutorial", variant="without", log_dir=tmp_path / "logs") as services:
        pids = [service.pid for service in services.services.values()]
        assert get(services, "/").text == "Hello World"
        services.check()
    assert not any(is_alive(pid) for pid in pids)
    assert {log.stem for log in (tmp_path / "logs").iterdir()} == set(services.services)


def test_services_end_in_time_by_themselves(tmp_path: Path) -> None:
    with up("tutorial", variant="without", log_dir=tmp_path) as services:
        pass
    # A service that had to be killed would say -9.
    assert {each.child.returncode for each in services.services.values()} == {0}


def test_stopping_twice_is_fine(tmp_path: Path) -> None:
    services = up("tutorial", variant="without", log_dir=tmp_path)
    services.stop()
    services.stop()


def test_a_service_that_ends_while_it_starts_is_an_error_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"(catalog|inventory) ended with exit code 2") as caught:
        up("shop", log_dir=tmp_path, database_url="oracle://somewhere")
    assert "'oracle' is no database that the shop can use" in caught.value.hint
    assert str(tmp_path) in caught.value.hint


def test_a_service_that_ends_later_is_noticed(tmp_path: Path) -> None:
    with up("tutorial", variant="without", log_dir=tmp_path) as services:
        victim = services.services["service2"]
        os.kill(victim.pid, signal.SIGKILL)
        victim.child.wait()
        with pytest.raises(ServiceError, match="service2 ended with signal 9"):
            services.check()


def test_a_service_that_is_not_ready_in_time_is_an_error_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="did not get ready in time"):
        up("tutorial", log_dir=tmp_path, start_deadline_s=0)


def test_services_end_when_their_launcher_is_killed(tmp_path: Path) -> None:
    program = f"""
import pathlib, sys
from services.launcher import up
services = up("tutorial", variant="without", log_dir=pathlib.Path({str(tmp_path)!r}))
print(*(service.pid for service in services.services.values()), flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as launcher:
        assert launcher.stdout is not None
        pids = [int(text) for text in launcher.stdout.readline().split()]
        launcher.kill()
    assert len(pids) == 3
    assert wait_until(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.parametrize(
    ("system", "options", "message", "hint"),
    [
        ("market", {}, "no sample services 'market'", "tutorial, shop"),
        ("shop", {"fault": "rain"}, "no fault 'rain'", "slow_hop"),
        ("shop", {"variant": "manual"}, "no variant 'manual'", "tutorial"),
        ("tutorial", {"variant": "magic"}, "no variant 'magic'", "without, manual, automatic"),
        ("tutorial", {"fault": "lock"}, "no fault 'lock'", "shop"),
    ],
)
def test_what_does_not_exist_cannot_be_started(
    tmp_path: Path, system: str, options: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(ServiceError, match=message) as caught:
        up(
            system,
            log_dir=tmp_path,
            fault=options.get("fault"),
            variant=options.get("variant", "automatic"),
        )
    assert hint in caught.value.hint


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_exporter_that_does_not_exist_is_named(tmp_path: Path, system: str) -> None:
    with pytest.raises(ServiceError, match="ended with exit code 2") as caught:
        up(system, log_dir=tmp_path, otlp_protocol="http/json")
    assert "'http/json'" in caught.value.hint


def test_a_service_without_its_environment_says_what_to_set() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.shop"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SLOWHOP_SERVICE": "bakery"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "the shop has no service 'bakery'",
        f"set SLOWHOP_SERVICE to one of: {', '.join(SERVICES)}",
    ]
