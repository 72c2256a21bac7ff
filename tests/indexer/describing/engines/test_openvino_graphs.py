"""OpenVINO without its telemetry."""

import subprocess
import sys

import pytest

pytest.importorskip("openvino", reason="OpenVINO is not installed")
pytest.importorskip("nncf", reason="NNCF is not installed")


def test_it_does_without_the_telemetry_that_is_on_by_default() -> None:
    """As the export does: with the package there, OpenVINO and NNCF take their own stand-ins."""
    code = (
        "from indexer.describing.engines.openvino_graphs import openvino\n"
        "openvino()\n"
        "import sys, nncf.telemetry.wrapper as nncf, openvino.tools.ovc.telemetry_utils as ovc\n"
        "print(type(nncf.telemetry).__name__, ovc.tm.__name__, sys.modules['openvino_telemetry'])\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300
    ).stdout.split()
    assert out[0] != "NNCFTelemetry"
    assert out[1:] == ["openvino.tools.ovc.telemetry_stub", "None"]
