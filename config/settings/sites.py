"""Separate sites for separate audiences: force, share (external recipients), docks, public.

Each has its own URLconf and cookie names; which one a request belongs to is decided by host name, or by the port it
came in on where a site is reached by address. A newcomer's trap: there is no ROOT_URLCONF that serves everything.
"""

from config.env import ENV

ROOT_URLCONF = "config.urls.force"
SITE_NAMES = ("force", "share", "docks", "public")
SITE_HOSTS = {
    "force": [ENV.host, *(host.strip() for host in ENV.allowed_hosts.split(",") if host.strip())],
    "share": [ENV.host_share],
    "docks": [ENV.host_docks],
    "public": [ENV.host_public],
}
SITE_PORTS = {
    port: name
    for name, port in (("share", ENV.port_share), ("docks", ENV.port_docks), ("public", ENV.port_public))
    if port
}
SITE_URLCONFS = {name: f"config.urls.{name}" for name in SITE_NAMES}
SITE_SCHEME = ENV.scheme
SITE_PUBLIC_PORT = ENV.public_port
TRUSTED_PROXIES = ENV.proxies
ALLOWED_HOSTS = [host for hosts in SITE_HOSTS.values() for host in hosts]
