"""Commands for operators; each calls a service in one transaction."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from app.accounts import colleagues, protecting, sessions, sign_on
from app.accounts import queries as account_queries
from app.accounts import services as accounts
from app.appointments import schedule, seeding
from app.audit import anchoring, sealing, verifying
from app.audit.rules import Anchor, Finding, Wrong, read_anchors
from app.catalogue import example_files, example_loader
from app.catalogue import queries as catalogue
from app.catalogue.models import Post
from app.core import crypto, i18n, schema
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from app.core.errors import DomainError
from app.jobs import rewrapping
from app.notifications import bounces, receipts
from app.notifications.channels import telegram
from app.notifications.channels.protocol import Unreached
from app.notifications.gateways import Forged
from app.reporting.retention import leaving
from app.reporting.retention import queries as retention
from app.reporting.retention import tasks as retaining


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(migrate)
    app.cli.add_command(seed)
    app.cli.add_command(make_slots)
    app.cli.add_command(create_officer)
    app.cli.add_command(grant_role)
    app.cli.add_command(take_role)
    app.cli.add_command(list_staff)
    app.cli.add_command(disable_staff)
    app.cli.add_command(enable_staff)
    app.cli.add_command(set_staff_password)
    app.cli.add_command(reset_second_factor)
    app.cli.add_command(invite_to_sign_on)
    app.cli.add_command(set_telegram_hook)
    app.cli.add_command(take_bounce)
    app.cli.add_command(rewrap_keys)
    app.cli.add_command(count_keys)
    app.cli.add_command(erasures)
    app.cli.add_command(replay_erasures)
    app.cli.add_command(verify_audit)
    app.cli.add_command(audit_head)


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest schema."""
    schema.upgrade(current_app.config["SETTINGS"].database_url)


@click.command("seed")
@with_appcontext
def seed() -> None:
    """Load the example post and services; what is there already stays as it is."""
    with transaction():
        post = load_examples()
        code = post.code
    click.echo(f"The post {code} is ready.")


def load_examples() -> Post:
    """Store the example post with its services and seats, in the caller's transaction."""
    post = example_loader.load(SYSTEM)
    seeding.save_pools(post, example_files.get_post(post.code))
    schedule.make_slots_of_post(post.id)
    return post


@click.command("make-slots")
@with_appcontext
def make_slots() -> None:
    """Make the seats of all posts at once, as each night; they follow new rules of time zones."""
    with _one_transaction():
        schedule.make_all_slots()
    click.echo("The times of all posts follow their hours and clocks.")


ROLES = click.Choice([role.value for role in Role])


@click.command("create-officer")
@click.argument("login")
@click.option("--name-ar", required=True, help="The name in Arabic.")
@click.option("--name-ru", required=True, help="The name in Russian.")
@click.option("--name-en", required=True, help="The name in Latin letters.")
@click.option(
    "--language", type=click.Choice(list(i18n.LANGUAGES)), default=i18n.DEFAULT, show_default=True
)
@click.option("--role", "roles", type=ROLES, multiple=True, default=[Role.OFFICER.value])
@click.password_option(help="Asked for when it is not given, which keeps it out of the history.")
@with_appcontext
def create_officer(
    login: str,
    name_ar: str,
    name_ru: str,
    name_en: str,
    language: str,
    roles: tuple[str, ...],
    password: str,
) -> None:
    """Add a member of staff; the authenticator app is set up at the first sign-in."""
    with _one_transaction():
        post_id = catalogue.get_current_post().id
        accounts.create_staff(
            login,
            name={"ar": name_ar, "ru": name_ru, "en": name_en},
            language=language,
            password=password,
            roles=[(post_id, Role(role)) for role in roles],
        )
    click.echo(f"{login} can sign in at /{language}/desk/account/sign-in.")


@click.command("grant-role")
@click.argument("login")
@click.argument("role", type=ROLES)
@with_appcontext
def grant_role(login: str, role: str) -> None:
    """Give a member of staff one more role at the post."""
    with _one_transaction():
        staff = account_queries.get_staff_by_login(login)
        accounts.grant(staff, catalogue.get_current_post().id, Role(role))
    click.echo(f"{login} is {role} now.")


@click.command("take-role")
@click.argument("login")
@click.argument("role", type=ROLES)
@with_appcontext
def take_role(login: str, role: str) -> None:
    """Take a role at the post from a member of staff, and end what sessions they have."""
    with _one_transaction():
        staff = account_queries.get_staff_by_login(login)
        accounts.take_role(staff, catalogue.get_current_post().id, Role(role))
    click.echo(f"{login} is {role} no more.")


@click.command("list-staff")
@with_appcontext
def list_staff() -> None:
    """Print the logins of the post with their roles."""
    for one in account_queries.list_colleagues(catalogue.get_current_post().id, list(Role)):
        click.echo(f"{one.login}: {', '.join(sorted(held.role for held in one.roles))}")


@click.command("disable-staff")
@click.argument("login")
@with_appcontext
def disable_staff(login: str) -> None:
    """Let a member of staff in no more, and end what sessions they have."""
    with _one_transaction():
        accounts.disable_staff(account_queries.get_staff_by_login(login), actor=SYSTEM)
    click.echo(f"{login} cannot sign in any more.")


@click.command("enable-staff")
@click.argument("login")
@with_appcontext
def enable_staff(login: str) -> None:
    """Let in again who was shut out, with the roles that were left to them."""
    with _one_transaction():
        colleagues.let_in_again(account_queries.get_staff_by_login(login), actor=SYSTEM)
    click.echo(f"{login} can sign in again.")


@click.command("set-staff-password")
@click.argument("login")
@click.password_option(help="Asked for when it is not given, which keeps it out of the history.")
@with_appcontext
def set_staff_password(login: str, password: str) -> None:
    """Set the password of a member of staff who gets no mail; the second factor stays."""
    with _one_transaction():
        staff = account_queries.get_staff_by_login(login)
        protecting.write_password(staff, password)
        sessions.end_all(staff)
    click.echo(f"{login} signs in with the new password.")


@click.command("reset-second-factor")
@click.argument("login")
@with_appcontext
def reset_second_factor(login: str) -> None:
    """Have a member of staff set up another app, where the post has no two who could agree."""
    with _one_transaction():
        colleagues.reset(account_queries.get_staff_by_login(login), actor=SYSTEM)
    click.echo(f"{login} sets up another app at the next sign-in.")


@click.command("invite-to-sign-on")
@click.argument("login")
@click.argument("address")
@with_appcontext
def invite_to_sign_on(login: str, address: str) -> None:
    """Let who has ADDRESS at the identity provider sign on as LOGIN, within a week."""
    issuer = current_app.config["SETTINGS"].oidc_issuer
    if not issuer:
        raise click.ClickException("OIDC_ISSUER is not set.")
    with _one_transaction():
        staff = account_queries.get_staff_by_login(login)
        sign_on.invite(staff, address, issuer=issuer, actor=SYSTEM)
    click.echo(f"{login} is linked at the first sign-on, within seven days.")


@contextmanager
def _one_transaction() -> Iterator[None]:
    """Commit once; a refusal is one line in English, as all that commands say."""
    with i18n.speaking(i18n.SOURCE):
        try:
            with transaction():
                yield
        except DomainError as refusal:
            raise click.ClickException(refusal.sentence()) from None


@click.command("set-telegram-hook")
@with_appcontext
def set_telegram_hook() -> None:
    """Tell Telegram where the bot of TELEGRAM_TOKEN is told things; needed once."""
    settings = current_app.config["SETTINGS"]
    if not settings.telegram_token:
        raise click.ClickException("TELEGRAM_TOKEN is not set.")
    try:
        is_known = telegram.set_hook(settings)
    except Unreached:
        is_known = False
    if not is_known:
        raise click.ClickException("Telegram did not take it.")
    click.echo("Telegram knows the hook.")


FOUND = {
    Wrong.CHANGED: "is not what was sealed: it was edited, or put in the place of another",
    Wrong.DELETED: "was deleted",
    Wrong.UNSEALED: "has lost its seal",
    Wrong.UNKNOWN_KEY: "was sealed by a key that is not in AUDIT_KEYS",
    Wrong.INSERTED: "was put among sealed entries afterwards",
    Wrong.CUT: "is missing with all that followed: the record ends before a head that was kept",
    Wrong.REPLACED: "is another than the head that was kept: an older copy was restored",
}


def _anchor(_context: click.Context, _option: click.Parameter, typed: tuple[str, ...]) -> object:
    try:
        return tuple(Anchor.parse(text) for text in typed)
    except ValueError:
        raise click.BadParameter("a head reads NUMBER:64 characters of hex") from None


@click.command("verify-audit")
@click.option("--head", "heads", multiple=True, callback=_anchor, help="A head that was kept.")
@click.option(
    "--anchors", type=click.File("r"), help="A file of heads, beside the one of AUDIT_ANCHOR."
)
@with_appcontext
def verify_audit(heads: tuple[Anchor, ...], anchors: TextIO | None) -> None:
    """Verify the record against its seals and the heads kept outside; ends with 1 if it is bad."""
    try:
        kept = [*heads, *anchoring.kept(), *read_anchors(anchors or ())]
    except ValueError as error:
        raise click.ClickException(f"This is no head of the record: {error}") from None
    report = verifying.verify(kept)
    click.echo(
        f"{report.verified} entries verified in {report.seconds:.1f} s"
        f" ({report.per_second} a second), {len(kept)} heads compared,"
        f" {report.waiting} not sealed yet. Head: {report.head}"
    )
    if report.finding is not None:
        raise click.ClickException(_sentence(report.finding))


def _sentence(finding: Finding) -> str:
    entry = f"Entry {finding.entry_id} of audit_entry" if finding.entry_id else "The entry"
    return f"{entry} (seal {finding.seq}) {FOUND[finding.wrong]}."


@click.command("audit-head")
@click.option("--seal", "at_once", is_flag=True, help="Seal what is new before.")
@with_appcontext
def audit_head(at_once: bool) -> None:
    """Print the head of the record, to be kept on paper or on another machine."""
    if at_once:
        with transaction():
            sealing.seal()
    click.echo(str(anchoring.current() or "Nothing was sealed yet."))


@click.command("take-bounce")
@click.argument("address", default="")
@with_appcontext
def take_bounce(address: str) -> None:
    """Read from standard input what a mail server says of a mail of ours, sent to ADDRESS.

    For the pipe of a mail server: whatever is no such word is passed over without an error, which
    would only be mailed back; while the database is away, the server is asked to come again.
    """
    raw = sys.stdin.buffer.read(bounces.LARGEST)
    try:
        word = bounces.read(raw, address)
        if word is not None:
            with transaction():
                receipts.take(word, provider=bounces.PROVIDER)
    except Forged:
        click.echo("This is no word of a mail that was sent from here.", err=True)
    except OperationalError:
        sys.exit(os.EX_TEMPFAIL)


@click.command("rewrap-keys")
@with_appcontext
def rewrap_keys() -> None:
    """Have the worker wrap all data keys by the first of MASTER_KEYS; see count-keys."""
    with transaction():
        rewrapping.begin()
    click.echo("The worker wraps the keys anew. Look with: flask count-keys")


@click.command("count-keys")
@with_appcontext
def count_keys() -> None:
    """Print how many data keys hang on which master key; ends with 1 while an old one has any."""
    ring, counts = crypto.keyring(), rewrapping.count_by_master()
    for kid in sorted({*ring.masters, *counts}):
        age = "first of MASTER_KEYS" if kid == ring.current else "old"
        click.echo(f"{kid} ({age if kid in ring.masters else 'unknown'}): {counts.get(kid, 0)}")
    if sum(counts.values()) > counts.get(ring.current, 0):
        raise click.ClickException("The old keys still have to stay in MASTER_KEYS.")


@click.command("erasures")
@with_appcontext
def erasures() -> None:
    """Print which requests and accounts were erased, to be kept beside the backups."""
    for reference in retention.list_references():
        click.echo(reference)
    for uid in leaving.list_shells():
        click.echo(f"{retaining.ACCOUNT}{uid}")


@click.command("replay-erasures")
@click.argument("references", type=click.File("r"))
@with_appcontext
def replay_erasures(references: TextIO) -> None:
    """Erase again what came back with an older copy; FILE is what `erasures` printed."""
    count = retaining.replay([line.strip() for line in references if line.strip()])
    click.echo(f"{count} requests and accounts were erased again.")
