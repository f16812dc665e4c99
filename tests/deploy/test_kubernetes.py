"""Manifests: valid by the schemas of Kubernetes, shut in, probed as promised, and without a secret."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from portal.cli.serving.shared import GRACEFUL_SECONDS
from portal.infra.settings import Settings, load_settings
from tests.deploy.image import ROOT, STATE

FOLDER: Final = ROOT / "deploy" / "kubernetes"
BASE: Final = FOLDER / "base"
EXAMPLE: Final = FOLDER / "example"
VERSION: Final = "1.37"
Document = dict[str, Any]


def _documents(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text("utf-8"))


def _kustomization(folder: Path) -> Document:
    return dict(yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8")))


MANIFESTS: Final = {f"{one['kind']}/{one['metadata']['name']}": one for one in _documents(BASE)}
PODS: Final = {
    name.partition("/")[2]: one["spec"]["template"]
    for name, one in MANIFESTS.items()
    if name.startswith(("Deployment/", "Job/"))
}
each_pod = pytest.mark.parametrize("name", PODS)


def _container(name: str) -> Document:
    (container,) = PODS[name]["spec"]["containers"]
    return dict(container)


@pytest.mark.parametrize("folder", [BASE, EXAMPLE], ids=lambda folder: folder.name)
def test_manifests_are_valid_and_the_kustomization_names_them_all(folder: Path) -> None:
    for document in _documents(folder):
        kubernetes_validate.validate(document, VERSION, strict=True)
    told = _kustomization(folder)
    patches = [patch["path"] for patch in told.get("patches", [])]
    named = [name for name in [*told["resources"], *patches] if (folder / name).is_file()]
    assert sorted(named) == sorted(
        path.name for path in folder.glob("*.yaml") if path.name != "kustomization.yaml"
    )


def test_the_example_changes_what_there_is() -> None:
    """A patch for something that the base no longer has would be an error only where it is built."""
    told = _kustomization(EXAMPLE)
    assert "../base" in told["resources"]
    patches = [document for document in _documents(EXAMPLE) if document["kind"] != "Namespace"]
    assert len(patches) == len(told["patches"])
    for patch in patches:
        assert f"{patch['kind']}/{patch['metadata']['name']}" in MANIFESTS
    assert [image["name"] for image in told["images"]] == ["portal"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", image["newTag"]) for image in told["images"])


def test_everything_is_there_that_a_portal_is() -> None:
    assert set(PODS) == {"portal", "portal-worker", "portal-beat", "portal-migrate"}
    assert {name: _container(name)["args"] for name in PODS} == {
        "portal": ["serve"],
        "portal-worker": ["worker"],
        "portal-beat": ["beat"],
        "portal-migrate": ["migrate", "--prepare"],
    }
    assert {"Service/portal", "Ingress/portal", "PodDisruptionBudget/portal", "ServiceAccount/portal"} <= set(
        MANIFESTS
    )


@each_pod
def test_a_pod_may_do_nothing_that_it_does_not_need(name: str) -> None:
    pod, container = PODS[name]["spec"], _container(name)
    assert pod["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] == "portal"
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert container["image"] == "portal"


@each_pod
def test_a_pod_writes_in_memory_only_and_reads_its_secrets_as_files(name: str) -> None:
    volumes = {volume["name"]: volume for volume in PODS[name]["spec"]["volumes"]}
    writable = {
        mount["mountPath"]: volumes[mount["name"]]
        for mount in _container(name)["volumeMounts"]
        if not mount.get("readOnly")
    }
    assert set(writable) == {STATE, "/tmp"}  # noqa: S108 - a container's own
    for volume in writable.values():
        assert volume["emptyDir"]["medium"] == "Memory"
        assert "sizeLimit" in volume["emptyDir"]
    assert volumes["secrets"]["secret"]["defaultMode"] == 0o400
    of_owner = volumes["secrets"]["secret"]["secretName"] == "portal-owner-secrets"
    assert of_owner is (name == "portal-migrate")


@each_pod
def test_what_a_pod_is_told_are_settings_and_nothing_that_the_cluster_adds(name: str, tmp_path: Path) -> None:
    """PORTAL_SERVICE_HOST, which a service of this name would bring, is no setting, and would end the start."""
    assert PODS[name]["spec"]["enableServiceLinks"] is False
    settings = _settings(name, tmp_path)
    assert settings.jobs == "celery"
    assert settings.master_key is not None
    assert settings.is_https


def _settings(name: str, folder: Path) -> Settings:
    contents = {
        "database_url": "postgresql://portal_app:x@database/portal",
        "redis_url": "redis://redis:6379/0",
        "smtp_url": "smtps://mail.example.org",
    }
    container = _container(name)
    given = dict(MANIFESTS["ConfigMap/portal-settings"]["data"])
    for variable in container["env"]:
        file = folder / Path(variable["value"]).name
        file.write_text(contents.get(file.name, "ab" * 32))
        assert variable["name"].endswith("_FILE")
        given[variable["name"]] = str(file)
    return load_settings(given)


def test_the_web_is_probed_as_promised() -> None:
    container = _container("portal")
    liveness, readiness = container["livenessProbe"], container["readinessProbe"]
    assert liveness["httpGet"] == {"path": "/health", "port": "http"}
    assert (liveness["initialDelaySeconds"], liveness["periodSeconds"]) == (30, 10)
    assert readiness["httpGet"] == {"path": "/ready", "port": "http"}
    assert (readiness["initialDelaySeconds"], readiness["periodSeconds"]) == (5, 5)
    assert container["startupProbe"]["httpGet"]["path"] == "/health"
    assert container["ports"] == [{"name": "http", "containerPort": 8000}]


def test_there_is_time_to_leave(tmp_path: Path) -> None:
    """SECURITY.md D3.2: withdrawn, then told, then shut, then done, and all of it before anybody insists."""
    waits = _container("portal")["lifecycle"]["preStop"]["sleep"]["seconds"]
    needed = waits + _settings("portal", tmp_path).drain_seconds + GRACEFUL_SECONDS
    assert needed < PODS["portal"]["spec"]["terminationGracePeriodSeconds"]


def test_three_nodes_stand_apart_and_one_is_always_ready() -> None:
    spec = MANIFESTS["Deployment/portal"]["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    keys = [one["topologyKey"] for one in PODS["portal"]["spec"]["topologySpreadConstraints"]]
    assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert MANIFESTS["PodDisruptionBudget/portal"]["spec"]["maxUnavailable"] == 1


@each_pod
def test_what_a_pod_takes_is_bounded(name: str) -> None:
    resources = _container(name)["resources"]
    assert set(resources["requests"]) == set(resources["limits"]) == {"memory", "cpu"}
    if name == "portal":
        assert resources["requests"] == {"memory": "256Mi", "cpu": "250m"}
        assert resources["limits"] == {"memory": "512Mi", "cpu": "500m"}


def test_selectors_find_the_pods_that_they_mean() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in PODS.items()}
    meant = {
        "Service/portal": {"portal"},
        "PodDisruptionBudget/portal": {"portal"},
        "NetworkPolicy/portal": set(PODS),
        "NetworkPolicy/portal-web": {"portal"},
        "NetworkPolicy/portal-outgoing": {"portal", "portal-worker"},
    }
    for name, pods in meant.items():
        spec = MANIFESTS[name]["spec"]
        selector = spec.get("selector") or spec["podSelector"]
        assert {pod for pod in PODS if _fits(selector, labels[pod])} == pods, name


def _fits(selector: Document, labels: Document) -> bool:
    wanted = selector.get("matchLabels", {} if "matchExpressions" in selector else selector)
    among = selector.get("matchExpressions", [])
    return wanted.items() <= labels.items() and all(labels[one["key"]] in one["values"] for one in among)


def test_the_door_is_the_ingress_and_speaks_tls() -> None:
    service, ingress = MANIFESTS["Service/portal"]["spec"], MANIFESTS["Ingress/portal"]
    assert service["type"] == "ClusterIP"
    assert [(port["port"], port["targetPort"]) for port in service["ports"]] == [(80, "http")]
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert "cert-manager.io/cluster-issuer" in ingress["metadata"]["annotations"]
    host = ingress["spec"]["rules"][0]["host"]
    assert ingress["spec"]["tls"] == [{"hosts": [host], "secretName": "portal-tls"}]
    assert MANIFESTS["ConfigMap/portal-settings"]["data"]["PORTAL_BASE_URL"] == f"https://{host}"


def test_a_request_that_a_node_may_have_heard_goes_to_no_other() -> None:
    """A refresh token that is sent twice ends its family (SECURITY.md D3.2)."""
    annotations = MANIFESTS["Ingress/portal"]["metadata"]["annotations"]
    assert "non_idempotent" not in annotations["nginx.ingress.kubernetes.io/proxy-next-upstream"]


def test_the_network_is_closed_except_for_what_is_named() -> None:
    policy = MANIFESTS["NetworkPolicy/portal"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy
    blocks = [to["ipBlock"] for to in MANIFESTS["NetworkPolicy/portal-outgoing"]["spec"]["egress"][0]["to"]]
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(blocks[0]["except"])
    (rule,) = MANIFESTS["NetworkPolicy/portal-web"]["spec"]["ingress"]
    assert len(rule["from"]) == 2


def test_no_manifest_holds_a_secret() -> None:
    for path in FOLDER.rglob("*.yaml"):
        assert "kind: Secret\n" not in path.read_text("utf-8")
        assert not re.search(r"://[^/\s]+:[^/\s]+@", path.read_text("utf-8"))
