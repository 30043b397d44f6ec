"""Hydra sweeper ``valid_grid``: runs a multirun's jobs for the valid points of its grid only.

Hydra imports every plugin when it starts, so slow imports wait until a sweep runs.
"""

# Without annotations from the future: Hydra 1.3 executes this file before the module is in
# sys.modules, where dataclasses would look up the names in annotations that are strings.
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore
from hydra.errors import CompactHydraException
from hydra.plugins.sweeper import Sweeper
from omegaconf import OmegaConf

from hydra_plugins.hydra_recipes.file_source import OfferedSource

if TYPE_CHECKING:
    from hydra.plugins.launcher import Launcher
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig

    from hydra_recipes.library.model import Libraries

log = logging.getLogger(__name__)


@dataclass
class ValidGridConf:
    """Settings of the sweeper: those of Hydra's basic sweeper and of ``recipe sweep``."""

    _target_: str = "hydra_plugins.hydra_recipes.valid_grid.ValidGrid"
    max_batch_size: int | None = None
    params: dict[str, str] = field(default_factory=dict)  # so that +params.KEY= adds to it
    zip: Any = None  # a list of axes that go together, or a list of such lists
    where: Any = None  # a CEL expression, or a list of them
    sample: int | None = None
    seed: int | None = None
    sampler: str | None = None
    name: str | None = None  # a template of run names


ConfigStore.instance().store(
    group="hydra/sweeper", name="valid_grid", node=ValidGridConf, provider="hydra_recipes"
)


class ValidGrid(Sweeper):
    """Sweeper that plans as ``recipe sweep`` does and hands the valid points to the launcher."""

    launcher: "Launcher"
    config: "DictConfig"

    def __init__(
        self, max_batch_size: int | None, params: Mapping[str, str], **options: Any
    ) -> None:
        """Take the settings; see ``ValidGridConf``."""
        self.max_batch_size = max_batch_size
        self.params = [f"{key}={value}" for key, value in params.items()]
        self.options = options

    def setup(
        self, *, hydra_context: "HydraContext", task_function: "TaskFunction", config: "DictConfig"
    ) -> None:
        """Instantiate the launcher that is configured."""
        from hydra.core.plugins import Plugins

        self.config = config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Plan, log the ledger, and launch the valid points in batches.

        Returns:
            The launcher's results: one sequence of job returns for each batch.
        """
        from hydra_recipes.findings.errors import RecipeError
        from hydra_recipes.findings.rendering import error_text
        from hydra_recipes.sweep.report.text import ledger_text
        from hydra_recipes.sweep.write.jobs import jobs, plan_jobs

        settings = [text for text in self.params if text.startswith(("hydra.", "hydra/"))]
        params = [text for text in self.params if text not in settings]
        libraries = libraries_of(self.config)
        try:
            plan = plan_jobs(params, arguments, self._options(), libraries)
            ledger = ledger_text(plan.ledger)
            if not plan.ledger.valid:
                raise CompactHydraException(f"no point of the grid is valid\n{ledger}")
            job_overrides = [[*settings, *overrides] for overrides in jobs(plan, libraries)]
        except RecipeError as error:
            raise CompactHydraException(error_text(error)) from None
        log.info("%s", ledger)
        directory = Path(self.config.hydra.sweep.dir)
        directory.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.config, directory / "multirun.yaml")
        returns = []
        size = self.max_batch_size or len(job_overrides)
        for start in range(0, len(job_overrides), size):
            results = self.launcher.launch(
                job_overrides[start : start + size], initial_job_idx=start
            )
            for result in results:
                _ = result.return_value  # raises what the job raised
            returns.append(results)
        return returns

    def _options(self) -> Any:
        """Return the settings as options of a sweep."""
        from hydra_recipes.sweep.space.request import SweepOptions

        plain: dict[str, Any] = {
            name: OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
            for name, value in self.options.items()
        }
        zips, where = plain.pop("zip") or [], plain.pop("where") or []
        if zips and isinstance(zips[0], str):
            zips = [zips]
        where = [where] if isinstance(where, str) else where
        return SweepOptions(zips=tuple(map(tuple, zips)), where=tuple(where), **plain)


def libraries_of(config: "DictConfig") -> "Libraries":
    """Return the libraries on an app's search path, with its own primary config."""
    from hydra_recipes.library.model import Libraries, Library

    candidates = []
    for source in config.hydra.runtime.config_sources:
        places: Sequence[str] = ()
        if source.schema in ("file", OfferedSource.scheme()):
            places = [source.path]
        elif source.schema == "pkg" and source.provider != "hydra":
            spec = find_spec(source.path.replace("/", "."))
            places = (spec and spec.submodule_search_locations) or ()
        candidates += [Library(source.provider, Path(place).resolve()) for place in places]
    present: dict[Path, Library] = {}
    for library in candidates:
        if library.root.is_dir():
            present.setdefault(library.root, library)  # it may be on the path twice
    return Libraries(tuple(present.values()), str(config.hydra.job.config_name))
