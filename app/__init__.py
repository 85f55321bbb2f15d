"""铁马 Tiema: the back office of construction-machinery dealers. `create_app()` is the one place where parts are joined."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_migrate import Migrate
from flask_wtf import CSRFProtect, FlaskForm

from . import audit, scope, workflows
from .database import Model, db, engine_options

__all__ = ["create_app", "db"]


def create_app(config: str | object = "config", **settings: Any) -> Flask:
    """The application, ready to serve: no statement is sent to the database while it is built.

    settings: configuration keys that override the environment, for tests.
    Raises:   screens.security.UnsafeStart in production with demo passwords or a weak secret.
    """
    from . import cli, views
    from .catalogue.home import HomeView
    from .screens import attachment_page, errors, health, language, patience, security, sent, theme

    app = Flask(__name__)
    app.config.from_object(config)
    app.config.update(settings)
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", engine_options(app.config["SQLALCHEMY_DATABASE_URI"]))
    security.check_start(app)
    db.init_app(app)
    Migrate(app, db, directory="migrations", render_as_batch=True, compare_type=True)
    attachment_page.widen(app)
    CSRFProtect(app)
    FlaskForm.Meta.wrap_formdata = sent.texts  # type: ignore[method-assign]
    audit.remember_old_values()
    security.guard_requests(app)
    patience.settle(app)
    appbuilder = AppBuilder(
        indexview=HomeView, security_manager_class=security.TiemaSecurityManager, base_template="layout.html"
    )
    with app.app_context():
        appbuilder.init_app(app, db.session)
        language.settle(app)
        views.register(appbuilder)
    theme.dress(app)
    errors.register(app)
    health.register(app)
    cli.register(app)
    return app


assert scope and workflows and Model  # imported for their listeners and registries
