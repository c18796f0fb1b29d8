"""Which site a request belongs to, and with it which URLs exist and which cookies count.

Separate audiences never share a session: each site has its own URLconf and its own cookie names, also where all sites
are reached by one address on different ports (cookies ignore ports, names do not).
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

Handler = Callable[[HttpRequest], HttpResponse]
_COOKIES = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")


def site_of(host: str, server_port: str) -> str:
    """Name of the site for a Host header and the port the request came in on; unknown hosts are the force site's
    to refuse."""
    by_port = settings.SITE_PORTS.get(int(server_port)) if server_port.isdigit() else None
    if by_port:
        return str(by_port)
    domain = split_domain_port(host)[0]
    for name, hosts in settings.SITE_HOSTS.items():
        if domain in hosts:
            return str(name)
    return "force"


def site_url(site: str, path: str) -> str:
    """Absolute address of a path on a site, as an outsider would open it."""
    host = settings.SITE_HOSTS[site][0]
    port = f":{settings.SITE_PUBLIC_PORT}" if settings.SITE_PUBLIC_PORT else ""
    return f"{settings.SITE_SCHEME}://{host}{port}{path}"


class SiteMiddleware:
    """Sets `request.site_name` and `request.urlconf`, and gives each site cookies of its own names."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        # as Django's own get_host: a request without a Host header is to the name the server goes by
        host = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")
        site = site_of(host, str(request.META.get("SERVER_PORT", "")))
        request.site_name = site  # type: ignore[attr-defined]
        request.urlconf = settings.SITE_URLCONFS[site]  # type: ignore[attr-defined]
        for name in _COOKIES:
            request.COOKIES.pop(name, None)
            own = request.COOKIES.get(cookie_name(site, name))
            if own is not None:
                request.COOKIES[name] = own
        response = self.get_response(request)
        for name in _COOKIES:
            morsel = response.cookies.pop(name, None)
            if morsel is not None:
                response.cookies[cookie_name(site, name)] = morsel.value
                response.cookies[cookie_name(site, name)].update(morsel)
        return response


def cookie_name(site: str, name: str) -> str:
    """A site's own name for one of Django's cookies; `__Host-` where cookies are secure."""
    prefix = "__Host-" if settings.SESSION_COOKIE_SECURE else ""
    return f"{prefix}{site}_{name}"
