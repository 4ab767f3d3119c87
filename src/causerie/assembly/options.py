"""The settings as the slices know them."""

from __future__ import annotations

from causerie.accounts import OidcProvider, OutsideIssuer, Registration
from causerie.accounts.wiring import AccountOptions
from causerie.assembly.settings import FilesSettings, OidcSettings, Settings, TrustedIssuerSettings
from causerie.files import UploadRules
from causerie.files.wiring import FileOptions
from causerie.foundation.antivirus import Clamd
from causerie.foundation.mail import MailServer
from causerie.foundation.storage import Bucket
from causerie.gateway.addresses import TrustedProxies


def account_options(settings: Settings) -> AccountOptions:
    """Give accounts the settings that they know."""
    security = settings.security
    return AccountOptions(
        data_dir=settings.server.data_dir,
        master_key=security.master_key,
        jwt_secret=security.jwt_secret,
        jwt_algorithm=security.jwt_algorithm,
        jwt_issuer=security.jwt_issuer,
        jwt_audience=security.jwt_audience,
        access_seconds=round(security.jwt_access_duration),
        refresh_seconds=round(security.jwt_refresh_duration),
        lifetime_seconds=round(security.session_lifetime),
        rotate_keys_seconds=security.key_rotation,
        password_memory_kib=security.password_memory_kib,
        password_iterations=security.password_iterations,
        bcrypt_cost=security.bcrypt_cost,
        breached_passwords=security.breached_passwords,
        registration=Registration(security.registration),
        enable_2fa=security.enable_2fa,
        public_url=settings.server.public_url,
        trusted_proxies=tuple(str(network) for network in settings.server.trusted_proxies),
        mail=mail_server(settings),
        trusted_issuer=_trusted_issuer(settings.trusted_issuer),
        oidc=_oidc(settings.oidc),
    )


def file_options(settings: Settings) -> FileOptions:
    """Give files the settings that they know."""
    files = settings.files
    clamd = Clamd(files.clamd_host, files.clamd_port, timeout_seconds=files.scan_timeout)
    return FileOptions(
        data_dir=settings.server.data_dir,
        rules=UploadRules(
            is_offered=settings.features.file_uploads,
            max_file_bytes=settings.limits.max_file_size,
            quota_bytes=files.quota_per_user,
        ),
        bucket=_bucket(files),
        scanner=clamd if settings.files_scanner == "clamd" else None,
    )


def _bucket(files: FilesSettings) -> Bucket | None:
    if files.storage == "local" or files.s3_bucket is None:
        return None
    return Bucket(
        name=files.s3_bucket,
        region=files.s3_region,
        endpoint=files.s3_endpoint,
        access_key=files.s3_access_key,
        secret_key=files.s3_secret_key,
    )


def mail_server(settings: Settings) -> MailServer | None:
    """Give the server that takes our mail, if one is set."""
    mail = settings.mail
    if mail.host is None or mail.sender is None:
        return None
    return MailServer(
        host=mail.host,
        port=mail.port,
        sender=mail.sender,
        username=mail.username,
        password=mail.password,
        tls=mail.tls,
    )


def _trusted_issuer(trusted: TrustedIssuerSettings) -> OutsideIssuer | None:
    if trusted.issuer is None or trusted.jwks_url is None:
        return None
    return OutsideIssuer(
        issuer=trusted.issuer,
        jwks_url=trusted.jwks_url,
        audience=trusted.audience,
        algorithms=frozenset(trusted.algorithms),
        username_claim=trusted.username_claim,
        role_claim=trusted.role_claim,
        roles=trusted.roles,
    )


def _oidc(oidc: OidcSettings) -> OidcProvider | None:
    if oidc.issuer is None or oidc.client_id is None or oidc.redirect_uri is None:
        return None
    return OidcProvider(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        client_secret=oidc.client_secret,
        redirect_uri=oidc.redirect_uri,
        scopes=oidc.scopes,
        creates_accounts=oidc.creates_accounts,
        links_by_email=oidc.links_by_email,
    )


def trusted_proxies(settings: Settings) -> TrustedProxies:
    """Whose word on a client's address is taken."""
    return TrustedProxies([str(network) for network in settings.server.trusted_proxies])
