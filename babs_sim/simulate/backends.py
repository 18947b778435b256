"""Jobs on threads, processes or a cluster: results as they come, in any order.

Workers get a small function and small jobs, and make what is large themselves, once each.  A job
whose worker dies is done again by another.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

from babs_sim.errors import Problem, Problems

J = TypeVar("J")
T = TypeVar("T")

BACKENDS = ("threading", "loky", "dask", "ray")
ATTEMPTS = 3
"""How often in a row workers may die before the run gives up."""

_WAITING = 3  # jobs a worker that are handed out at a time


def check_backend(name: str) -> None:
    """Raise `Problems` for a back-end that is not known, or whose library is not installed."""
    from importlib.util import find_spec

    kind, _, address = name.partition(":")
    at = "--backend"
    if kind not in BACKENDS or (address and kind not in ("dask", "ray")):
        hint = "use threading, loky, dask, ray, dask:ADDRESS or ray:ADDRESS"
        raise Problems([Problem(at, None, "", "is not a back-end", name, hint)])
    library = {"dask": "distributed", "ray": "ray"}.get(kind, "joblib")
    if find_spec(library) is None:
        text = f"needs the library {library}, which is not installed"
        hint = f'python -m pip install "{"dask[distributed]" if kind == "dask" else kind}"'
        raise Problems([Problem(at, None, "", text, name, hint)])


def shares_memory(name: str) -> bool:
    """Return whether the workers of a back-end are threads of this program."""
    return name == "threading"


def as_done(
    work: Callable[[J], T], number: int, job_of: Callable[[int], J], workers: int, backend: str
) -> Iterator[tuple[int, T]]:
    """Yield (i, ``work(job_of(i))``) for i below ``number`` as they are done, in any order.

    ``backend`` is one of `BACKENDS`; ``dask:ADDRESS`` and ``ray:ADDRESS`` name a cluster that
    runs, without one a local cluster of ``workers`` processes is started and ended.  ``work`` and
    jobs must be picklable unless the back-end is ``threading``.
    """
    kind, _, address = backend.partition(":")
    if number == 0:
        return
    if kind == "dask":
        yield from _dask(work, number, job_of, workers, address)
    elif kind == "ray":
        yield from _ray(work, number, job_of, workers, address)
    else:
        yield from _joblib(work, number, job_of, workers, kind)


def _joblib(
    work: Callable[[J], T], number: int, job_of: Callable[[int], J], workers: int, kind: str
) -> Iterator[tuple[int, T]]:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    left, died = dict.fromkeys(range(number)), 0
    while left:
        pool = Parallel(
            n_jobs=workers, backend=kind, return_as="generator_unordered", batch_size=1,
            pre_dispatch=_WAITING * workers,
        )  # fmt: skip
        try:
            for i, found in pool(delayed(_numbered)(work, i, job_of(i)) for i in list(left)):
                del left[i]
                died = 0
                yield i, found
        except TerminatedWorkerError:
            died += 1
            if died >= ATTEMPTS:
                raise


def _numbered(work: Callable[[J], T], number: int, job: J) -> tuple[int, T]:
    return number, work(job)


def _dask(
    work: Callable[[J], T], number: int, job_of: Callable[[int], J], workers: int, address: str
) -> Iterator[tuple[int, T]]:
    import distributed

    library: Any = distributed
    cluster: Any = None
    if not address:
        cluster = library.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        )
    try:
        with library.Client(cluster or address, timeout="30s") as client:

            def handed(i: int) -> Any:
                # What was on a worker that died, Dask by itself runs on another one.
                return client.submit(_numbered, work, i, job_of(i), pure=False, retries=ATTEMPTS)

            several = max(_WAITING * workers, _WAITING * len(client.nthreads()))
            numbers = iter(range(number))
            done = library.as_completed([handed(i) for i in islice(numbers, several)])
            for future in done:
                for i in islice(numbers, 1):
                    done.add(handed(i))
                yield future.result()
    except OSError as error:
        if address:
            text = f"no scheduler answers: {error}"
            raise Problems([Problem("--backend", None, "", text, f"dask:{address}")]) from error
        raise
    finally:
        if cluster is not None:
            cluster.close()


def _ray(
    work: Callable[[J], T], number: int, job_of: Callable[[int], J], workers: int, address: str
) -> Iterator[tuple[int, T]]:
    from importlib import import_module

    ray: Any = import_module("ray")
    own = not ray.is_initialized()
    if own:
        given: dict[str, Any] = {"address": address} if address else {"num_cpus": workers}
        ray.init(include_dashboard=False, log_to_driver=False, **given)
    try:
        remote = ray.remote(num_cpus=1, max_retries=ATTEMPTS)(_numbered)
        several = _WAITING * max(workers, int(ray.cluster_resources().get("CPU", 1)))
        numbers = iter(range(number))
        waiting = [remote.remote(work, i, job_of(i)) for i in islice(numbers, several)]
        while waiting:
            ready, waiting = ray.wait(waiting, num_returns=1)
            waiting += [remote.remote(work, i, job_of(i)) for i in islice(numbers, 1)]
            yield ray.get(ready[0])
    finally:
        if own:
            ray.shutdown()
