"""Settings, all from the environment: default, unit and meaning beside each key.

DATABASE_URL    sqlite:///instance/tiema.db     where the books are; postgresql://user@host/name for several writers
SECRET_KEY      made on the first run, kept in instance/secret_key (32 random bytes, hex); signs cookies
TIEMA_MODE      demo | production, default demo; production refuses demo passwords and weak secrets
TIEMA_INSTANCE  folder for the database file, the secret and the lock, default ./instance
TRUSTED_PROXIES number of reverse proxies in front, default 0; how many X-Forwarded-* hops are believed
DEALER_NAME     the dealer as it stands on printed papers, default the demo's; in production blank until it is set
JOB_THREADS     jobs at once in the web process, default 2; 0 leaves them to `flask worker`
NIGHTLY         1 | 0, default 1: web processes and `flask worker` do the night's work by themselves; 0 leaves it to cron
TRUSTED_HOSTS   comma list of host names this server answers to; required in production
NOTICE_HOSTS    comma list of hosts that messages may be sent to, default any; "none" sends nothing
FREE_DISK_MB    megabytes of free disk below which /readyz says no, default 200
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent
INSTANCE = Path(os.environ.get("TIEMA_INSTANCE", ROOT / "instance"))


def _secret_key() -> str:
    """The key of this installation; created once with owner-only rights."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    INSTANCE.mkdir(parents=True, exist_ok=True)
    path = INSTANCE / "secret_key"
    if not path.exists():
        draft = INSTANCE / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
        draft.touch(0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was a moment earlier; its key counts, and it is whole
        except OSError:  # a file system without links
            os.replace(draft, path)
        draft.unlink(missing_ok=True)
    return path.read_text().strip()


TIEMA_MODE = os.environ.get("TIEMA_MODE", "demo")
PRODUCTION = TIEMA_MODE == "production"
SECRET_KEY = _secret_key()

SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL", f"sqlite:///{INSTANCE / 'tiema.db'}")

# Alembic owns the tables and `flask provision` the permissions: a web worker starts with no statement at all.
FAB_CREATE_DB = False
FAB_UPDATE_PERMS = False
FAB_ADD_SECURITY_VIEWS = False
FAB_ADD_SECURITY_API = False
FAB_ADD_OPENAPI_VIEWS = False
FAB_ADD_MENU_API = False
FAB_API_SWAGGER_UI = False
AUTH_TYPE = 1
AUTH_USER_REGISTRATION = False
RATELIMIT_ENABLED = False  # counted in the database instead: several workers, one count (app/screens/security.py)

APP_NAME = "铁马"
DEALER_NAME = os.environ.get("DEALER_NAME", "" if PRODUCTION else "安徽铁马工程机械有限公司（演示）")
BABEL_DEFAULT_LOCALE = "zh_Hans"
BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"
BABEL_TRANSLATION_DIRECTORIES = str(ROOT / "translations")
LANGUAGES = {"zh_Hans": {"flag": "cn", "name": "简体中文"}}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-tiema" if PRODUCTION else "tiema"
SESSION_IDLE = timedelta(minutes=60)
SESSION_LIFETIME = timedelta(hours=12)
WTF_CSRF_TIME_LIMIT = None  # as long as the session: a clerk's form stays open over lunch

MAX_CONTENT_LENGTH = 16 * 1024 * 1024
UPLOAD_LENGTH = 48 * 1024 * 1024  # of attachments, several at once; run.py lets 64 MB through to be answered in Chinese
MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024
MAX_FORM_PARTS = 5000
JOB_THREADS = int(os.environ.get("JOB_THREADS", "2"))
NIGHTLY = os.environ.get("NIGHTLY", "1") == "1"
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
TRUSTED_HOSTS = [h.strip() for h in os.environ.get("TRUSTED_HOSTS", "").split(",") if h.strip()] or None
FAB_SAFE_REDIRECT_HOSTS = TRUSTED_HOSTS or ["127.0.0.1", "localhost"]

FREE_DISK_MB = int(os.environ.get("FREE_DISK_MB", "200"))
NOTICE_HOSTS = [h.strip() for h in os.environ.get("NOTICE_HOSTS", "").split(",") if h.strip()] or None

LOGIN_WINDOW = timedelta(minutes=5)
LOGIN_TRIES_PER_ACCOUNT = 5  # from one address
LOGIN_TRIES_PER_ANYWHERE = 30  # of one account, from all addresses
LOGIN_TRIES_PER_ADDRESS = 50  # of all accounts
RATING_WINDOW = timedelta(minutes=15)  # how often a customer's rating link may be opened or sent, and by one address
RATING_TRIES_PER_LINK = 30
RATING_TRIES_PER_ADDRESS = 60
