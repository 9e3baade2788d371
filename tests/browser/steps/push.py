"""A browser in which messages appear: the consent, the push service, what its worker shows."""

import base64
import json
import re

from playwright.sync_api import CDPSession, Page, Worker

from tests.browser.reader import Reader, text_of
from tests.factories.browsers import Browser
from tests.live import LiveServer

PLAYED = """([endpoint, p256dh, auth]) => {
  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0)).buffer;
  Notification.requestPermission = async () => "granted";
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async () => ({
    endpoint, getKey: (name) => bytes(name === "auth" ? auth : p256dh)});
}"""
"""A Chromium without windows asks nobody for consent and knows no push service: both are played."""
NOTED = """
self.shown = [];
self.registration.showNotification = async (title, about) => { self.shown.push([title, about]); };
null;
"""
"""Nor does it show a notification, so what would be shown is noted."""


def subscribe(reader: Reader, name: str) -> Browser:
    """Turn messages on in this browser, by the push service of this machine."""
    found = re.search(r"http://127\.0\.0\.1:\d+", _gateways(reader.server))
    assert found
    browser = Browser(found.group(), name=name)
    to = browser.subscription
    reader.page.evaluate(PLAYED, [to.endpoint, to.p256dh, to.auth])
    reader.press("Show messages in this browser")
    reader.reads("Messages are shown in this browser first. You can change the order.")
    return browser


def _gateways(server: LiveServer) -> str:
    return (server.instance / "gateways.toml").read_text("utf-8")


def delivered(server: LiveServer, browser: Browser, *, count: int = 1) -> dict[str, str]:
    """Wait until so many messages have come for a browser; return the newest as it reads it."""
    server.mail_for(browser.name, count=count)
    newest = server.messages(browser.name)[-1]
    return browser.read(base64.b64decode(text_of(newest)))


def shows(page: Page, server: LiveServer, said: dict[str, str]) -> tuple[str, dict[str, object]]:
    """Have the browser give a message to our worker; return the title and the rest it shows."""
    events = page.context.new_cdp_session(page)
    known: list[dict[str, str]] = []
    events.on("ServiceWorker.workerRegistrationUpdated", lambda e: known.extend(e["registrations"]))
    events.send("ServiceWorker.enable")
    while not known:
        page.wait_for_timeout(50)
    ours = next(one for one in known if one["scopeURL"].startswith(server.url))
    worker = _awake(page, events, ours["scopeURL"])
    worker.evaluate(NOTED)
    _give(events, server.url, ours["registrationId"], json.dumps(said))
    while not worker.evaluate("self.shown.length"):
        page.wait_for_timeout(50)
    title, about = worker.evaluate("self.shown[0]")
    return str(title), dict(about)


def _awake(page: Page, events: CDPSession, scope: str) -> Worker:
    """Return the worker; a browser lets one that has nothing to do sleep."""
    running = [one for one in page.context.service_workers if one.url.startswith(scope)]
    if running:
        return running[0]
    with page.context.expect_event("serviceworker") as started:
        events.send("ServiceWorker.startWorker", {"scopeURL": scope})
    worker: Worker = started.value
    return worker


def _give(events: CDPSession, origin: str, registration: str, said: str) -> None:
    about = {"origin": origin, "registrationId": registration, "data": said}
    events.send("ServiceWorker.deliverPushMessage", about)
