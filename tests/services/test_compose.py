"""The compose file says the same as the launcher does. No engine is needed to see that."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.options import Options
from services.process import url_variable
from services.shop.network import CALLEE, CALLER, slow_network
from services.shop.plan import NETWORK
from services.shop.settings import settings
from services.shop.topology import SERVICES

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^[\w./-]+:\d+(\.\d+)+$|^[\w./-]+:\d+(\.\d+)*-\w+$")

Container = dict[str, Any]


def read() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def containers() -> dict[str, Container]:
    found: dict[str, Container] = read()["services"]
    return found


def expanded(text: str) -> str:
    """A value as compose reads it where no variable is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def environment(name: str) -> dict[str, str]:
    return {key: expanded(value) for key, value in containers()[name]["environment"].items()}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_of_the_shop_gets_settings_that_it_understands(service: str) -> None:
    told = settings(environment(service), tuple(SERVICES))
    assert told.service == service
    assert told.urls.keys() == set(SERVICES[service].calls)
    assert told.database_url == ""


@pytest.mark.parametrize("service", [*SERVICES, NETWORK])
def test_services_are_called_where_they_are(service: str) -> None:
    told = environment(service)
    for callee in SERVICES[service].calls if service in SERVICES else (CALLEE,):
        host = NETWORK if (service, callee) == (CALLER, CALLEE) else callee
        assert told[url_variable(callee)] == f"http://{host}:{environment(host)['SLOWHOP_PORT']}"


def test_the_way_to_search_can_be_made_slow_by_the_fault_alone() -> None:
    told = environment(NETWORK)
    assert slow_network(told).delay_s == 0
    assert slow_network({**told, "SLOWHOP_FAULT": "slow_hop"}).delay_s > 0


def test_the_ends_of_the_pipeline_are_there() -> None:
    assert containers().keys() >= {"collector", "locust", "jaeger", "report"}


@pytest.mark.parametrize("name", containers())
def test_what_a_container_runs_exists(name: str) -> None:
    command = containers()[name].get("command")
    if command is None:
        assert "build" not in containers()[name]
    elif command[0] == "python":
        assert command[1] == "-m"
        assert find_spec(command[2]) is not None
    else:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert command[0] in project["scripts"]


def test_the_collector_passes_on_to_the_jaeger_whose_page_the_report_links_to() -> None:
    options = Options.from_arguments(containers()["collector"]["command"][3:])
    (target,) = options.receiving.forward
    assert (target.host, target.port, target.scheme) == ("jaeger", 4317, "")
    assert "jaeger" in containers()
    (page,) = [word for word in containers()["report"]["command"] if "--jaeger-ui=" in word]
    port = page.rpartition(":")[2]
    assert containers()["jaeger"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_locustfile_exists() -> None:
    (option,) = [
        word for word in containers()["locust"]["command"] if word.startswith("--locustfile=")
    ]
    assert (ROOT / option.removeprefix("--locustfile=/app/")).is_file()


@pytest.mark.parametrize("name", containers())
def test_what_a_container_waits_for_exists_and_can_tell(name: str) -> None:
    for other, how in containers()[name].get("depends_on", {}).items():
        assert how["condition"] == "service_healthy"
        assert "healthcheck" in containers()[other]


@pytest.mark.parametrize("name", containers())
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    for port in containers()[name].get("ports", []):
        assert port.startswith("127.0.0.1:")


def test_images_from_elsewhere_have_fixed_versions() -> None:
    images = [each["image"] for each in containers().values() if "build" not in each]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    images += re.findall(r"^FROM (\S+)", dockerfile, flags=re.MULTILINE)
    assert len(images) == 3
    for image in images:
        assert PINNED.match(image), image


def test_the_image_holds_all_packages_and_what_installs_them() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        name
        for line in re.findall(r"^COPY (.+)$", dockerfile, flags=re.MULTILINE)
        for name in line.split()[:-1]
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert copied == {*packages, "requirements.lock", "pyproject.toml", "README.md", "LICENSE"}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {line[1:] for line in ignored if line.startswith("!")} == copied


def test_a_token_is_asked_for_only_where_one_is_set_and_all_senders_can_have_it() -> None:
    # null passes the shell's variable on; an empty token would be refused
    assert containers()["collector"]["environment"] == {"SLOWHOP_COLLECTOR_TOKEN": None}
    for sender in (*SERVICES, "locust"):
        assert environment(sender)["OTEL_EXPORTER_OTLP_HEADERS"] == ""
