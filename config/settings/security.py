"""Sign-in, sessions, cookies, transport and content security policy (OWASP ASVS 5.0 level 2 as the yardstick)."""

from csp.constants import NONE, SELF

from config.env import ENV
from config.settings.mail import mail_read

SECRET_KEY = ENV.secret_key
AUTH_USER_MODEL = "identity.Person"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 14}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in"

SESSION_IDLE_S = 15 * 60
SESSION_ABSOLUTE_S = 12 * 3600
SESSION_COOKIE_AGE = SESSION_IDLE_S
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENV.scheme == "https"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = ENV.scheme == "https"
CSRF_FAILURE_VIEW = "evidence.http.error_views.csrf_failed"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = ENV.is_production
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.is_production else None
SECURE_HSTS_SECONDS = 31_536_000 if ENV.is_production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.is_production
SECURE_HSTS_PRELOAD = ENV.is_production
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# A name from one address; the two wider limits are in evidence/identity/throttle.py, which says why they are not here
AXES_FAILURE_LIMIT = 5
SIGN_IN_NAME_LIMIT = 20
SIGN_IN_ADDRESS_LIMIT = ENV.sign_in_address_limit
SIGN_IN_KNOWN_DAYS = 30
AXES_COOLOFF_TIME = 0.25
# What is tried while locked out does not prolong the lock: else anybody could keep a name, or a station, out for good
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_HANDLER = "evidence.identity.throttle.SignInThrottle"
AXES_USERNAME_CALLABLE = "evidence.identity.throttle.name_tried"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "evidence.identity.views.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

_mail = mail_read(ENV.mail_url, is_production=ENV.is_production)
EMAIL_BACKEND = _mail.backend
EMAIL_HOST = _mail.host
EMAIL_PORT = _mail.port
EMAIL_HOST_USER = _mail.user
EMAIL_HOST_PASSWORD = _mail.password
EMAIL_USE_TLS = _mail.use_starttls
EMAIL_USE_SSL = _mail.use_tls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = ENV.mail_from
