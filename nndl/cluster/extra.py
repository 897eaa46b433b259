"""Dask, where it is installed; what to do where it is not."""

try:
    import distributed
    from dask import config
    from dask.system import CPU_COUNT
    from dask.utils import parse_timedelta
except ImportError as error:
    why = "nndl.cluster needs Dask, which is an extra"
    raise ImportError(f'{why}: pip install "nndl[cluster]"  ({error})') from error

__all__ = ["CPU_COUNT", "config", "distributed", "parse_timedelta"]
