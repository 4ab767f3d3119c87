"""The settings of files: where they lie, and who looks at them."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.kinds import Choice, Duration, Integer, Maybe, Text, Url

_MANY_BYTES = 1 << 50
_host = Text("a host name or address", r"[!-~]{1,253}")
_word = Text("a text that is not empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesSettings:
    """Files in messages; `limits.max_file_size` bounds one."""

    storage: str = setting(
        Choice(("local", "s3")), "local", "Where the bytes lie: in the data folder, or in a bucket."
    )
    s3_bucket: str | None = setting(
        Maybe(Text("a bucket's name", r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")),
        "",
        "The bucket, which must be there; for `s3`.",
    )
    s3_region: str = setting(_word, "us-east-1", "Its region.")
    s3_endpoint: str | None = setting(
        Maybe(Url(("http", "https"), "https://s3.example.org")),
        "",
        "Another server that speaks S3's protocol; none means AWS.",
    )
    s3_access_key: str | None = setting(
        Maybe(_word), "", "Key id; none means what the machine is given (AWS_*, instance role)."
    )
    s3_secret_key: str | None = setting(
        Maybe(_word), "", "The key of `files.s3_access_key`.", secret=True
    )
    scanner: str | None = setting(
        Maybe(Choice(("clamd", "none"))),
        "",
        "Who looks for harmful content before anyone gets a file. Empty: `clamd` in production, "
        "`none` elsewhere.",
    )
    clamd_host: str = setting(_host, "127.0.0.1", "Where clamd listens (its `TCPSocket`).")
    clamd_port: int = setting(Integer(1, 65535), 3310, "Its port.")
    scan_timeout: float = setting(
        Duration(1, 300), "120s", "For one file; what takes longer stays in quarantine."
    )
    quota_per_user: int = setting(
        Integer(0, _MANY_BYTES), 1 << 30, "Bytes of all files of one user; 0 means no limit."
    )
