"""Builds the app: the only module that knows every domain."""

import importlib
from datetime import timedelta

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, extensions
from app.accounts import codes, marks, securing, sessions, sign_on_client, texting
from app.appointments import audiences as visitors
from app.appointments import services as seats
from app.appointments.line import joining
from app.appointments.waiting import services as waiting
from app.audit import anchoring, sealing
from app.cases import audiences as applicants
from app.cases import issuing
from app.cases import queries as cases
from app.cases import signals as case_signals
from app.cases.consignments import packing
from app.catalogue import neighbours
from app.catalogue import queries as catalogue
from app.core import celery, clock, crypto, i18n
from app.core import db as core_db
from app.core import logging as logs
from app.desk import queries as desk
from app.documents import queries as documents
from app.documents import rules as document_rules
from app.documents import scanner, storage
from app.documents.rules import OVERDUE
from app.jobs import queries as jobs
from app.jobs import ticks
from app.notifications import gateways, record, sign_in
from app.notifications import queries as notifications
from app.notifications.announcements import audiences
from app.notifications.figures import queries as figures
from app.notifications.templates import neighbours as beside_texts
from app.payments.services import charging
from app.portal import served
from app.reporting.copies import services as copies
from app.reporting.exports import services as exports
from app.reporting.wishes import contesting, following
from app.web import (
    access,
    assets,
    compression,
    errors,
    headers,
    health,
    idempotency,
    language,
    misses,
    origin,
    templating,
    uploads,
)
from app.web.proof import asking, stored
from config import Settings

BLUEPRINTS = (
    "app.portal.views",
    "app.portal.counter",
    "app.portal.trial",
    "app.portal.filing",
    "app.portal.sending",
    "app.portal.family",
    "app.portal.papers",
    "app.portal.moving",
    "app.portal.claiming",
    "app.portal.requests",
    "app.portal.coming_back",
    "app.portal.mandates",
    "app.portal.principal",
    "app.portal.consents",
    "app.portal.co_signer",
    "app.portal.paying",
    "app.portal.thread",
    "app.portal.appealing",
    "app.portal.follow",
    "app.portal.help",
    "app.portal.contact",
    "app.portal.my_data",
    "app.portal.erasing",
    "app.reporting.views",
    "app.reporting.staff",
    "app.portal.issued",
    "app.catalogue.views",
    "app.catalogue.admin",
    "app.catalogue.rates_admin",
    "app.catalogue.versions",
    "app.catalogue.building.creating",
    "app.catalogue.building.overviews",
    "app.catalogue.building.editing",
    "app.catalogue.languages",
    "app.catalogue.exchange",
    "app.catalogue.period_views",
    "app.accounts.views",
    "app.accounts.passkey_views",
    "app.accounts.security_views",
    "app.accounts.regaining_views",
    "app.accounts.reset_views",
    "app.accounts.undoing_views",
    "app.accounts.phone_views",
    "app.accounts.address_views",
    "app.accounts.people",
    "app.accounts.staff",
    "app.accounts.staff_security",
    "app.accounts.staff_mail_views",
    "app.accounts.colleague_views",
    "app.accounts.rights.admin",
    "app.appointments.views",
    "app.appointments.still_free",
    "app.appointments.taking_along",
    "app.desk.samples",
    "app.desk.views",
    "app.desk.find_views",
    "app.desk.saved_view_views",
    "app.desk.team_views",
    "app.desk.bulk_views",
    "app.desk.consignment_views",
    "app.desk.return_views",
    "app.desk.export_views",
    "app.desk.final_views",
    "app.desk.reopening_views",
    "app.desk.second_views",
    "app.desk.appeal_views",
    "app.desk.twin_views",
    "app.desk.transfer_views",
    "app.desk.waiver_views",
    "app.desk.mandate_views",
    "app.desk.consent_views",
    "app.desk.round_views",
    "app.desk.thread_views",
    "app.desk.note_views",
    "app.desk.opinion_views",
    "app.desk.canned_views",
    "app.desk.word_views",
    "app.desk.case_views",
    "app.desk.new_version",
    "app.desk.paper_views",
    "app.desk.version_views",
    "app.desk.issued_views",
    "app.desk.hand_over_views",
    "app.desk.print_views",
    "app.desk.told_views",
    "app.desk.original_views",
    "app.desk.paying_views",
    "app.desk.cash_views",
    "app.desk.slip_views",
    "app.desk.stray_views",
    "app.desk.person_views",
    "app.desk.record_views",
    "app.desk.retention_views",
    "app.desk.erasure_views",
    "app.desk.erasure_visitor",
    "app.desk.answer_views",
    "app.appointments.giving",
    "app.appointments.staff",
    "app.appointments.clash_views",
    "app.appointments.day.views",
    "app.appointments.day.answers",
    "app.appointments.day.staff",
    "app.appointments.day.counters",
    "app.appointments.day.figures_views",
    "app.appointments.day.devices",
    "app.appointments.missed.views",
    "app.appointments.missed.staff",
    "app.appointments.admin",
    "app.appointments.resettling.admin",
    "app.appointments.clocks.admin",
    "app.appointments.missions_admin",
    "app.appointments.draw.views",
    "app.appointments.soonest",
    "app.appointments.waiting.views",
    "app.appointments.waiting.answers",
    "app.appointments.waiting.staff",
    "app.appointments.draw.public",
    "app.appointments.draw.admin",
    "app.appointments.line.views",
    "app.appointments.line.admin",
    "app.documents.views",
    "app.notifications.views",
    "app.notifications.staff",
    "app.notifications.preferences.views",
    "app.notifications.preferences.unsubscribing",
    "app.notifications.preferences.staff",
    "app.notifications.push.views",
    "app.notifications.telegram.views",
    "app.notifications.figures.staff",
    "app.notifications.announcements.admin",
    "app.notifications.templates.admin",
    "app.jobs.admin",
)

WITHOUT_LANGUAGE = (
    "app.catalogue.schema_file",
    "app.accounts.sign_on_views",
    "app.documents.scanned",
    "app.payments.views",
    "app.notifications.receipt_views",
    "app.notifications.preferences.one_click",
    "app.notifications.telegram.hook",
    "app.appointments.draw.published",
    "app.appointments.line.published",
)
"""What programs read or call and what is scanned from paper: the same in every language."""

TASKS = (
    "app.documents.tasks",
    "app.jobs.tasks",
    "app.jobs.rewrapping",
    "app.notifications.tasks",
    "app.notifications.announcements.tasks",
    "app.notifications.figures.tasks",
    "app.cases.tasks",
    "app.cases.issuing",
    "app.cases.consignments.manifest",
    "app.appointments.tasks",
    "app.appointments.resettling.tasks",
    "app.appointments.draw.tasks",
    "app.appointments.line.tasks",
    "app.appointments.day.tasks",
    "app.payments.tasks",
    "app.appointments.waiting.tasks",
    "app.desk.exporting",
    "app.reporting.retention.tasks",
    "app.reporting.copies.building",
    "app.reporting.wishes.tasks",
)
"""Modules with TASKS for the worker and register_jobs() for jobs and periodic work."""


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app for these settings, those of the environment when none are given."""
    settings = settings or Settings.from_environment()
    logs.init_logging()
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.jinja_environment = templating.FoldingEnvironment
    _configure(app, settings)
    _init_extensions(app, settings)
    _init_web(app, settings)
    _register_domains(app, settings)
    _register_work(app)
    cli.init_app(app)
    if settings.demo:
        importlib.import_module("app.demo.story.command").init_app(app)
    access.check_policies(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    # A mistake in them ends the start, not the first message.
    gateways.read(settings.sms_gateways)
    texting.read(settings.sms_gateways)
    https = settings.base_url.startswith("https://")
    app.config.update(
        SETTINGS=settings,
        TESTING=settings.testing,
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        # What signs comes last there, all of them are believed.
        WTF_CSRF_SECRET_KEY=[*reversed(settings.secret_key_fallbacks), settings.secret_key],
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        SQLALCHEMY_ENGINES={"default": core_db.engine_for(settings.database_url)},
        SESSION_COOKIE_NAME="__Host-jaliya" if https else "jaliya",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=1000,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        BABEL_DEFAULT_LOCALE=i18n.LOCALES[i18n.DEFAULT],
        BABEL_TRANSLATION_DIRECTORIES="../translations",
        PREFERRED_URL_SCHEME="https" if https else "http",
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


def _init_extensions(app: Flask, settings: Settings) -> None:
    core_db.init_app(app)
    extensions.babel.init_app(app, locale_selector=i18n.locale_name)
    crypto.init_app(app, master_keys=settings.master_keys, index_key=settings.index_key)
    sealing.init_app(app, keys=settings.audit_keys)
    anchoring.init_app(app, path=settings.audit_anchor)
    celery.init_app(app, broker_url=settings.redis_url)
    storage.init_app(app, url=settings.storage_url, instance=settings.instance)
    scanner.init_app(app, address=settings.scanner)
    sign_on_client.init_app(app, settings)


def _init_web(app: Flask, settings: Settings) -> None:
    # First to be named, and so the last to see an answer: it packs what all the others made.
    compression.init_app(app)
    misses.init_app(app)
    headers.init_app(app, https=settings.base_url.startswith("https://"))
    uploads.init_app(
        app,
        folder=app.extensions["storage"].incoming,
        most=document_rules.LARGEST_FILE,
    )
    assets.init_app(app)
    language.init_app(app)
    origin.init_app(app)
    asking.init_app(app, bits=settings.proof_bits)
    access.init_app(
        app,
        identify=sessions.identify,
        citizen_door="accounts.sign_in",
        staff_door="staff_accounts.sign_in",
        serves=catalogue.serves,
    )
    securing.init_app(app)
    served.init_app(app)
    # After the guard: nobody uploads 30 MB to be told that they are not signed in.
    extensions.csrf.init_app(app)
    errors.init_app(app)
    templating.init_app(
        app,
        zone=catalogue.current_zone,
        post=catalogue.current_post_name,
        demo=settings.demo,
    )


def _register_domains(app: Flask, settings: Settings) -> None:
    app.register_blueprint(health.bp)
    for name in BLUEPRINTS:
        module = importlib.import_module(name)
        app.register_blueprint(module.bp, url_prefix=language.PREFIX + module.PATH)
    for name in WITHOUT_LANGUAGE:
        module = importlib.import_module(name)
        app.register_blueprint(module.bp, url_prefix=module.PATH)
    if settings.demo:
        importlib.import_module("app.demo.views").init_app(app)
    access.public(app.view_functions["static"])
    _register_entrance(app)


def _register_work(app: Flask) -> None:
    for name in TASKS:
        module = importlib.import_module(name)
        celery.register(app.extensions["celery"], getattr(module, "TASKS", ()))
        module.register_jobs()
    health.watch("failed_jobs", jobs.count_failed)
    health.watch("overdue_messages", lambda: notifications.count_overdue(clock.now()))
    health.watch("unscanned_files", lambda: documents.count_overdue(clock.now() - OVERDUE))
    health.watch("damaged_files", documents.count_damaged)
    health.watch("sending_troubles", figures.count_open_troubles)
    health.watch("unsealed_entries", lambda: sealing.count_late(clock.now()))
    ticks.every("audit.seal", timedelta(seconds=20), sealing.on_tick)
    ticks.every("audit.anchor", timedelta(hours=1), anchoring.on_tick)
    ticks.every("audit.mail_head", timedelta(days=1), record.send_head)
    ticks.every("accounts.forget_expired", timedelta(hours=1), codes.forget_expired)
    ticks.every("accounts.mark_the_rest", timedelta(hours=1), marks.mark_the_rest)
    ticks.every("reporting.forget_exports", timedelta(hours=1), exports.forget_expired)
    ticks.every("reporting.forget_copies", timedelta(hours=1), copies.forget_expired)
    ticks.every("web.forget_old_keys", timedelta(days=1), idempotency.forget_old)
    ticks.every("web.forget_proofs", timedelta(hours=1), stored.forget_old)
    audiences.register(applicants.OPEN_REQUESTS)
    audiences.register(visitors.BOOKED_ON)
    sign_in.connect()
    contesting.connect()
    following.connect()
    case_signals.on_ended("appointments", seats.free_seats)
    case_signals.on_ended("waiting", waiting.forget)
    case_signals.on_leaving("waiting", waiting.forget)
    case_signals.on_ended("queues", joining.let_go)
    case_signals.on_leaving("queues", joining.let_go)
    case_signals.on_ended("documents", issuing.void)
    case_signals.on_leaving("appointments", seats.free_seats)
    case_signals.on_changed("documents", issuing.follow)
    case_signals.on_ended("consignments", packing.let_go)
    case_signals.on_leaving("consignments", packing.let_leave)
    case_signals.on_changed("consignments", packing.follow)
    case_signals.on_ended("payments", charging.give_up)
    case_signals.on_changed("payments", charging.follow)
    neighbours.connect(names_of_staff=desk.names_of_staff, count_cases=cases.count_pinned)
    beside_texts.connect(services_of_cases=cases.services_of)


def _register_entrance(app: Flask) -> None:
    @app.get("/")
    @access.public
    def entrance() -> ResponseReturnValue:
        """Lead to the start page in the reader's language."""
        return redirect(url_for("portal.start", lang=language.guess()))
