#!/usr/bin/env python3
"""Opens pages of reports in Chromium and sees whether people can read them.

check.py [--axe axe.min.js] [--shots FOLDER] [--pdf-pages N] PAGE.html...

For each page: nothing is wider than the window at 320, 390, 768 and 1,160 pixels; axe-core finds nothing on a light and
on a dark ground; it is not blank under the policy that Jenkins sends; its own policy is never violated; on paper it takes
at most N pages. Needs Chromium and nothing else of Python: the browser is driven through a pipe.
"""

import argparse
import base64
import contextlib
import functools
import http.server
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import zlib

WIDTHS = (320, 390, 768, 1160)
# https://www.jenkins.io/doc/book/security/configuring-content-security-policy/
JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"


class Browser:
    """Chromium without a window, spoken to in the DevTools protocol."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="page-")
        to_browser, self.commands = os.pipe()
        self.answers, from_browser = os.pipe()

        def descriptors():
            os.dup2(to_browser, 13)
            os.dup2(from_browser, 14)
            os.dup2(13, 3)
            os.dup2(14, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--hide-scrollbars", "--force-color-profile=srgb", f"--user-data-dir={self.profile}",
             "--remote-debugging-pipe", "about:blank"],
            preexec_fn=descriptors, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest, self.number, self.events = b"", 0, []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def read(self):
        while b"\0" not in self.rest:
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                raise SystemExit("the browser has gone")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def send(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        self.events.clear()
        self.send("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read())

    def width(self, width, height=900):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def ground(self, scheme):
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def value(self, expression):
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def picture(self, **parameters):
        return base64.b64decode(self.send("Page.captureScreenshot", captureBeyondViewport=True, **parameters)["data"])

    def complaints(self):
        entries = [event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded"]
        return [entry["text"] for entry in entries if "favicon" not in entry.get("url", "") + entry["text"]]

    def close(self):
        with contextlib.suppress(Exception):
            self.send("Browser.close")
        self.process.wait(20)
        shutil.rmtree(self.profile, ignore_errors=True)


def colours(png):
    """How many colours a picture has: a blank one has one."""
    width, height, _, kind = struct.unpack(">IIBB", png[16:26])
    channels = {2: 3, 6: 4}[kind]
    data, place = b"", 8
    while place < len(png):
        size, name = struct.unpack(">I4s", png[place:place + 8])
        if name == b"IDAT":
            data += png[place + 8:place + 8 + size]
        place += 12 + size
    raw, line, seen = zlib.decompress(data), width * channels, set()
    above = bytearray(line)
    for row in range(height):
        how = raw[row * (line + 1)]
        now = bytearray(raw[row * (line + 1) + 1:(row + 1) * (line + 1)])
        for index in range(line):
            left = now[index - channels] if index >= channels else 0
            up, corner = above[index], above[index - channels] if index >= channels else 0
            if how == 1:
                now[index] = (now[index] + left) & 255
            elif how == 2:
                now[index] = (now[index] + up) & 255
            elif how == 3:
                now[index] = (now[index] + (left + up) // 2) & 255
            elif how == 4:
                guess = left + up - corner
                near = min((left, up, corner), key=lambda one: abs(guess - one))
                now[index] = (now[index] + near) & 255
        seen.update(bytes(now[index:index + 3]) for index in range(0, line, channels))
        above = now
    return len(seen)


class UnderPolicy(http.server.SimpleHTTPRequestHandler):
    def end_headers(self):
        self.send_header("Content-Security-Policy", JENKINS)
        super().end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(UnderPolicy, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def check(browser, path, axe, shots, pages):
    found, name = [], os.path.basename(path)[:-5]
    browser.ground("light")
    browser.width(1160)
    browser.open("file://" + os.path.abspath(path))
    for width in WIDTHS:
        browser.width(width)
        wide, window = browser.value("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if wide > window:
            who = browser.value(
                "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
                " && !e.closest('.scroll')).slice(0, 3).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className)"
                " + ' ' + e.textContent.slice(0, 30)).join(' | ')")
            found.append(f"at {width} px it is {wide} px wide: {who}")
        if shots and width == 390:
            save(shots, f"{name}-phone.png", whole(browser, width))
    browser.width(1160)
    for scheme in ("light", "dark"):
        browser.ground(scheme)
        if axe:
            browser.value(axe + "; 0")
            result = browser.value(
                "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map("
                "v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))")
            found += [f"{scheme}: axe: {violation}" for violation in result]
        if shots:
            save(shots, f"{name}-{scheme}.png", whole(browser, 1160))
    browser.ground("light")
    found += [f"the browser says: {text}" for text in browser.complaints()]
    pdf = base64.b64decode(browser.send("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"])
    count = len(re.findall(rb"/Type\s*/Page\b", pdf))
    if shots:
        save(shots, f"{name}.pdf", pdf)
    if pages and count > pages:
        found.append(f"on paper it takes {count} pages, not {pages}")
    with served(os.path.dirname(os.path.abspath(path))) as address:
        browser.open(f"{address}/{os.path.basename(path)}")
        if shots:
            save(shots, f"{name}-jenkins.png", whole(browser, 1160, height=1400))
        # A small picture shows as well as a large one whether there is anything.
        if colours(browser.picture(clip={"x": 0, "y": 0, "width": 1160, "height": 900, "scale": 0.25})) < 20:
            found.append("it is blank under Jenkins' policy")
    print(f"{'ok' if not found else 'NOT OK'}: {name} ({os.path.getsize(path):,} bytes, {count} pages on paper)")
    for sentence in found:
        print(f"  {sentence}")
    return not found


def whole(browser, width, height=None):
    browser.width(width, height or min(browser.value("document.documentElement.scrollHeight"), 6000))
    picture = browser.picture()
    browser.width(width)
    return picture


def save(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axe", help="the script of axe-core")
    parser.add_argument("--shots", help="where to keep pictures and PDFs")
    parser.add_argument("--pdf-pages", type=int, default=0, help="how many sheets of paper a page may take; 0 for any")
    parser.add_argument("pages", nargs="+")
    options = parser.parse_args()
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not program:
        sys.exit("there is no Chromium here (Debian: chromium)")
    axe = None
    if options.axe:
        with open(options.axe, encoding="utf-8") as file:
            axe = file.read()
    browser = Browser(program)
    try:
        good = [check(browser, page, axe, options.shots, options.pdf_pages) for page in options.pages]
    finally:
        browser.close()
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
