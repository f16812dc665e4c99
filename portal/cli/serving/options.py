"""What the parent of all processes must know. The settings themselves are read by those who serve: the library that
checks them takes more memory than all the rest of the parent, and so would a dataclass.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self


class Options:
    """Handed on as arguments, so that whoever lists the processes sees how each portal is served."""

    __slots__ = (
        "address",
        "certificate",
        "counters",
        "drain_seconds",
        "key",
        "log_format",
        "port",
        "prepared",
        "threads",
        "workers",
    )

    def __init__(
        self,
        *,
        address: str,
        port: int,
        workers: int,
        threads: int,
        log_format: str,
        counters: str,
        drain_seconds: float = 0.0,
        prepared: bool = False,
        certificate: str = "",
        key: str = "",
    ) -> None:
        """`counters` is the folder in which all processes count. `drain_seconds` is how long /ready says 503 before the
        doors are shut. Where it is `prepared`, somebody else has made schema, roles and keys: they are only looked at.
        """
        self.address = address
        self.port = port
        self.workers = workers
        self.threads = threads
        self.log_format = log_format
        self.counters = counters
        self.drain_seconds = drain_seconds
        self.prepared = prepared
        self.certificate = certificate
        self.key = key

    def arguments(self) -> "list[str]":
        """For the command line."""
        given = {name: getattr(self, name) for name in self.__slots__}
        return [f"{name}={int(value) if value is True else value}" for name, value in given.items() if value]

    @classmethod
    def read(cls, arguments: "Sequence[str]") -> "Self":
        """The other way around; for arguments that were made by `arguments`."""
        given = dict(argument.split("=", 1) for argument in arguments)
        return cls(
            address=given["address"],
            port=int(given["port"]),
            workers=int(given["workers"]),
            threads=int(given["threads"]),
            log_format=given["log_format"],
            counters=given["counters"],
            drain_seconds=float(given.get("drain_seconds", 0)),
            prepared="prepared" in given,
            certificate=given.get("certificate", ""),
            key=given.get("key", ""),
        )
