"""Arguments of what connects to a cluster."""

import ipaddress

ENCRYPTED = ("tls", "wss", "inproc")  # the last one does not leave its process


def check_security(function, security, kind, address):
    """Raise unless ``security`` is None, certificates, or True where they can be made.

    Raises
    ------
    TypeError
        Something else.
    ValueError
        True, which makes certificates that a cluster elsewhere does not know; or certificates that
        do not ask for encryption.
    """
    if security is None or (security is True and address is None):
        return
    if security is True:
        why = "a cluster that runs already has certificates: distributed.Security(tls_ca_file=...)"
        raise ValueError(f"{function}: security is True, but {why}")
    if not isinstance(security, kind):
        came = f"security is a {type(security).__name__}"
        raise TypeError(f"{function}: {came}, expected a distributed.Security")
    if not security.require_encryption:
        why = "expected require_encryption=True"
        raise ValueError(f"{function}: security does not require encryption, {why}")


def check_address(function, address, workers, security, unencrypted):
    """Raise unless ``address`` is that of a scheduler to which one may connect so.

    Raises
    ------
    TypeError
        Neither a text nor a cluster.
    ValueError
        It is on another machine, and nothing would be encrypted; or workers are given as well.
    """
    if workers is not None:
        why = "the cluster at the address has its own"
        raise ValueError(f"{function}: workers is {workers!r}, but {why}; expected None")
    where = getattr(address, "scheduler_address", address)
    if not isinstance(where, str):
        came = f"address is a {type(address).__name__}"
        raise TypeError(f"{function}: {came}, expected a text, such as 'tls://10.0.0.7:8786'")
    if not where:
        raise ValueError(f"{function}: address is empty, expected one as 'tls://10.0.0.7:8786'")
    protocol, there, rest = where.rpartition("://")
    if (protocol if there else "tcp") in ENCRYPTED or unencrypted or _is_loopback(rest):
        return
    why = "everybody on the way could read all, and run programs on the workers and here"
    wanted = "expected 'tls://...' with security=distributed.Security(...)"
    or_else = "unencrypted=True allows it, for a network where nobody else is"
    raise ValueError(f"{function}: address is {where!r}: {why}; {wanted}; {or_else}")


def check_certificates(function, address, security, kind):
    """Raise unless there are certificates for an address that begins with "tls://".

    A cluster of Dask's brings its own. Where ``security`` is None, those of Dask's configuration
    are taken.

    Raises
    ------
    ValueError
        There are none, or they cannot be read.
    """
    if security is None and not isinstance(address, str):
        security = getattr(address, "security", None)
    where = getattr(address, "scheduler_address", address)
    if not where.startswith("tls://"):
        return
    try:
        found = (security or kind()).get_connection_args("client")["ssl_context"]
    except OSError as error:
        why = "expected files that exist and fit together"
        raise ValueError(f"{function}: certificates cannot be read: {error}; {why}") from error
    if found is None:
        files = "tls_ca_file, tls_client_cert and tls_client_key"
        wanted = f"expected security=distributed.Security with {files}"
        or_else = "or the same in Dask's configuration, distributed.comm.tls"
        raise ValueError(f"{function}: {where!r} needs certificates; {wanted}, {or_else}")


def _is_loopback(host):
    """Whether a host, with a port or without, is this machine as only itself can call it."""
    host = (
        host.partition("]")[0].lstrip("[") if host[:1] == "[" else host.rpartition(":")[0] or host
    )
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_threads(function, workers, threads, cores):
    """Raise unless so many workers have cores for their threads.

    More workers than cores are allowed, where each has one thread: the system shares the cores.

    Raises
    ------
    ValueError
        More threads than cores.
    """
    if threads > 1 and (workers or 1) * threads > cores:
        came = f"{workers or 1} workers with threads={threads} each"
        raise ValueError(f"{function}: {came} are more threads than {cores} cores; expected fewer")


def check_client(function, client, kind):
    """Raise unless ``client`` is a client of Dask's that is connected, and waits for its answers.

    Raises
    ------
    TypeError
        Something else.
    ValueError
        It is closed, or for asynchronous programs.
    """
    if not isinstance(client, kind):
        came = f"cluster is a {type(client).__name__}"
        raise TypeError(f"{function}: {came}, expected the client that nndl.cluster.connect gives")
    if client.asynchronous:
        raise ValueError(f"{function}: cluster is an asynchronous client, expected one that waits")
    if client.status != "running":
        raise ValueError(f"{function}: cluster is {client.status}, expected a connected client")
