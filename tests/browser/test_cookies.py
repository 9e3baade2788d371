"""In a real Chromium: staff whom another site led here are let in, and their cookie stays away."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.browser.steps import staff


@contextmanager
def another_site(target: str) -> Iterator[str]:
    """Run a site of another name, with a link and a form that lead to an address of ours."""
    page = f"""<!doctype html><title>x</title><a href="{target}">go</a>
    <form method="post" action="{target}"><button>send</button></form>"""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


@pytest.mark.grid
@pytest.mark.proves("S11")
@pytest.mark.parametrize("script", [True, False])
def test_a_link_elsewhere_leads_to_the_desk_and_a_form_elsewhere_nowhere(
    new_reader: Callable[..., Reader], script: bool
) -> None:
    reader = new_reader("en", width="desk", script=script)
    staff.sign_in(reader, "rana")
    page, target = reader.page.context.new_page(), f"{reader.server.url}/en/desk/queue"
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.all_headers().get("cookie", "")))

    with another_site(target) as url:
        page.goto(url)
        sent.clear()
        page.click("a")
        page.wait_for_url(target)
        expect(page.locator("h1")).not_to_have_text("One moment")
        expect(page.locator("h1")).to_have_count(1)
        assert "jaliya-id=" not in sent[0], "the first request is the one that began elsewhere"
        page.goto(url)
        page.click("button")
        expect(page.locator("h1")).to_have_text("Not permitted")
    page.close()
