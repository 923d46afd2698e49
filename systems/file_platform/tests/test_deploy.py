"""What lies in deploy/ is valid, names what is really there, and its commands do what they are for."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml

from limosa import ExitCode
from limosa.scratch import providers
from systems.file_platform.tests.acceptance_blocks import CONTINUOUS_INTEGRATION, ONE_TEST
from systems.file_platform.tests.system import (
    DEADLINE_S,
    PROGRAMS,
    SYSTEM,
    Served,
    System,
    free_port,
    until,
    upload,
)

DEPLOY = SYSTEM / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
ELSEWHERE = {"kube_job_status_failed"}  # kube-state-metrics has it, not the service
PRODUCTION = {"LIMOSA_ENV": "production", "ENVIRONMENT": "production"}


def documents(*paths: Path) -> list[dict[str, Any]]:
    """Return every document of YAML files."""
    return [one for path in paths for one in yaml.safe_load_all(path.read_text()) if one]


def containers(found: Any) -> Iterator[dict[str, Any]]:
    """Return every container of a document, wherever it stands."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from value if name in {"containers", "initContainers"} else containers(value)
    elif isinstance(found, list):
        for value in found:
            yield from containers(value)


def command_of(name: str) -> list[str]:
    """Return the command of a container of the manifests."""
    [found] = [one["command"] for one in containers(documents(*MANIFESTS)) if one["name"] == name]
    return [str(word) for word in found]


def services() -> dict[str, Any]:
    """Return the services of the Compose file."""
    [compose] = documents(DEPLOY / "compose.yaml")
    found: dict[str, Any] = compose["services"]
    return found


def test_each_file_keeps_its_official_schema() -> None:
    """Kubernetes manifests, the Compose file and the workflow are what their schemas allow, strictly."""
    kinds = [path for path in MANIFESTS if path.name != "alerts.yaml"]
    subprocess.run([PROGRAMS / "kubernetes-validate", "--strict", "--no-warn", *kinds], check=True)
    for schema, name in (("compose-spec", "compose.yaml"), ("github-workflows", "github-actions.yml")):
        checker = (str(PROGRAMS / "check-jsonschema"), "--builtin-schema", f"vendor.{schema}")
        subprocess.run([*checker, str(DEPLOY / name)], check=True)


def test_the_parts_of_the_manifests_fit_together() -> None:
    """The job has its account and tries nothing again in vain; pods wait, probe and start in order."""
    found = {(one["kind"], one["metadata"]["name"]): one for one in documents(*MANIFESTS)}
    job = found["Job", "file-platform-migrate-0-1-0"]["spec"]
    pod = job["template"]["spec"]
    assert ("ServiceAccount", pod["serviceAccountName"]) in found
    assert (pod["restartPolicy"], job["podReplacementPolicy"]) == ("Never", "Failed")
    final = job["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"]
    assert final == [ExitCode.USAGE, ExitCode.DRIFT, ExitCode.PARTIAL_STATE, ExitCode.AHEAD]
    service = found["Deployment", "file-platform"]["spec"]["template"]["spec"]
    assert service["serviceAccountName"] != pod["serviceAccountName"]
    [container] = service["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/live"
    assert services()["app"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services()["migrate"]["command"] == pod["containers"][0]["command"]
    assert services()["app"]["command"] == container["command"]


def test_no_secret_stands_in_a_file() -> None:
    """Every URL and token comes from a secret or from a variable without a default."""
    for container in containers(documents(*MANIFESTS)):
        for one in container["env"]:
            if one["name"] in {"DATABASE_URL", "ADMIN_TOKEN"}:
                assert one.keys() == {"name", "valueFrom"}
                assert "secretKeyRef" in one["valueFrom"]
    for service in services().values():
        for name in service["environment"].keys() & {"DATABASE_URL", "ADMIN_TOKEN"}:
            assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", service["environment"][name])


def alerts() -> list[dict[str, Any]]:
    """Return the alerts."""
    [rule] = documents(DEPLOY / "kubernetes" / "alerts.yaml")
    return [alert for group in rule["spec"]["groups"] for alert in group["rules"]]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_is_valid_and_asks_for_what_is_exported(served: Served, alert: dict[str, Any]) -> None:
    """It is PromQL, each metric of ours is on /metrics of a running service, and it says what to do."""
    promql_parser.parse(alert["expr"])
    with served.tenant() as client:
        upload(client, "a.txt", b"x")
    exported = {
        line.split("{")[0].split(" ")[0]
        for line in httpx.get(f"{served.address}/metrics").text.split("\n")
        if not line.startswith("#")
    }

    asked = set(re.findall(r"\b(?:limosa|file_platform|kube)_\w+", alert["expr"].replace('"', " ")))

    assert asked - ELSEWHERE - {"file_platform"} <= exported
    assert asked
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"].keys() == {"summary", "action"}


def test_the_commands_of_the_manifests_work_together(system: System) -> None:
    """The check fails before, the init container waits for the job, and then the check is content."""
    status, wait, migrate = command_of("status"), command_of("schema"), command_of("migrate")
    assert system.run(*status, expect=None, variables=PRODUCTION).returncode == ExitCode.BEHIND
    with subprocess.Popen(
        wait,
        cwd=system.folder,
        env=system.environment(**PRODUCTION, DATABASE_URL=system.service_url),
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stderr is not None
        assert waiting.stderr.readline()  # it says what is missing
        assert waiting.poll() is None

        system.run(*migrate, variables=PRODUCTION)

        assert waiting.wait(DEADLINE_S) == 0
        waiting.stderr.read()
    system.run(*status, variables={**PRODUCTION, "DATABASE_URL": system.service_url})


def test_the_service_of_the_manifests_serves_and_its_probe_is_content(post_at_head: System) -> None:
    """The command of deployment and Compose, on a free port of this machine, answers the health check."""
    port = str(free_port())
    here = {"0.0.0.0": "127.0.0.1", "8000": port}
    command = [here.get(word, word) for word in command_of("service")]
    with subprocess.Popen(
        command,
        cwd=post_at_head.folder,
        env=post_at_head.environment(**PRODUCTION, DATABASE_URL=post_at_head.service_url),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        probe = [word.replace("8000", port) for word in services()["app"]["healthcheck"]["test"][1:]]
        try:
            until(
                lambda: post_at_head.run(*probe, expect=None).returncode == 0, what="the health check passes"
            )
        finally:
            process.terminate()


def test_the_steps_of_the_workflow_pass(lite: System) -> None:
    """Each run step but the installation, as it stands; of the system's tests it runs one."""
    [workflow] = documents(DEPLOY / "github-actions.yml")
    steps = [
        one for one in workflow["jobs"]["migrations"]["steps"] if one.get("name") not in {None, "Install"}
    ]
    for step in steps:
        script = "set -e\n" + step["run"]
        lite.run("bash", "-c", script, variables={"LIMOSA_ENV": "development", "PYTEST_ADDOPTS": ONE_TEST})

    assert [step["name"] for step in steps] == ["Validate", "Run Migrations", "Compare models and schema"]
    assert steps[1]["run"].split("\n") == CONTINUOUS_INTEGRATION.split("\n")[1:]


def test_the_deployment_pipeline_backs_up_migrates_and_asks(system: System, tmp_path: Path) -> None:
    """Backup, migrations, deployment, verification and health, in this order, from one release behind."""
    system.up("0003")
    superuser = system.target.url.with_driver(None).reveal()
    backup = tmp_path / "backup.dump"
    path = system.environment()["PATH"]
    if system.target.engine == "postgresql":
        path = f"{newest_programs(system)}:{path}"
    port = str(free_port())
    start = f"uvicorn src.main:app --port {port} >{tmp_path}/log 2>&1 & echo $! >{tmp_path}/pid"
    variables = {
        **PRODUCTION,
        "PATH": path,
        "DATABASE_URL": superuser,
        "BACKUP": str(backup),
        "DEPLOY": start,
        "HEALTH": f"http://127.0.0.1:{port}",
    }
    try:
        done = system.run("deploy/pipeline.sh", variables=variables)
    finally:
        if (pid := tmp_path / "pid").exists():
            subprocess.run(["kill", pid.read_text().strip()], check=False)

    assert re.findall(r"^(\d)\. ", done.stdout, re.MULTILINE) == list("12345")
    assert '{"database_migrated":true,"schema_version":"0004"}' in done.stdout
    assert backup.stat().st_size > 0


def test_a_pipeline_that_cannot_back_up_migrates_nothing(lite: System, tmp_path: Path) -> None:
    """The first step that fails ends it."""
    done = lite.run(
        "deploy/pipeline.sh",
        expect=1,
        variables={"BACKUP": str(tmp_path / "b"), "DEPLOY": "true", "HEALTH": "x"},
    )

    assert "no database" in done.stderr
    assert "2." not in done.stdout
    assert not lite.target.path.exists()


def newest_programs(system: System) -> Path:
    """Return where the programs of the server's own version lie: pg_dump must not be older than it."""
    server = system.target.server
    assert server is not None
    return next(one.bindir for one in providers() if one.major == server.major and one.bindir is not None)
