"""How the embedded PostgreSQL is set: for a small machine that has other work to do."""

from __future__ import annotations

from causerie.foundation.postgres.folder import Place

# Beside the pool: the writer, the migrations, a backup, an operator's psql, and PostgreSQL's own
# three that are reserved for the supervisor.
RESERVED_CONNECTIONS = 10


def settings(place: Place, *, max_connections: int) -> dict[str, str]:
    """The settings, given by ``-c`` so that no file can disagree with them."""
    return {
        "listen_addresses": "",
        "unix_socket_directories": str(place.socket),
        "unix_socket_permissions": "0700",
        # PostgreSQL's default, for roles that an operator makes; ours have keys (see roles.sql).
        "scram_iterations": "4096",
        "max_connections": str(max_connections + RESERVED_CONNECTIONS),
        # What "acknowledged" rests on; set here so that no postgresql.conf can take it away.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        # Memory: one shared block, little per connection.
        "shared_buffers": "128MB",
        "work_mem": "4MB",
        "maintenance_work_mem": "64MB",
        "effective_cache_size": "512MB",
        # WAL: recovery after a crash reads at most max_wal_size, some seconds; min_wal_size keeps
        # segments in stock, which are there already when the disk is full.
        "max_wal_size": "512MB",
        "min_wal_size": "80MB",
        # Few processes of its own: a small machine has two cores.
        "io_method": "sync",
        "max_parallel_workers_per_gather": "0",
        "max_worker_processes": "4",
        "autovacuum_max_workers": "2",
        "autovacuum_naptime": "30s",
        "random_page_cost": "1.1",
        "jit": "off",
        # A client that vanished inside a transaction must not hold its locks for ever.
        "idle_in_transaction_session_timeout": "60s",
        # The log: a file per weekday, a week of them. Terse and without statements: what people
        # write must not be found in a log.
        "logging_collector": "on",
        "log_directory": str(place.log),
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_timezone": "UTC",
    }
