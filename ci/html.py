#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.html in a browser: what a reader of the page does, done in headless Chromium over its debugging pipe.

    html.py BUILD-DIR [--shots DIR]

Three pages: of the library in process, of one with a planted defect (pol_uid_star), and of a driver that answers with hostile text. Claims:
no word on the console and no request beside the file; the filter, the keyboard, links to requirements, details; the same content without
scripts; both colour schemes with a contrast of 4.5 (WCAG 2.2 AA, 1.4.3); nothing wider than a narrow screen; nothing hostile that is more
than text. --shots keeps pictures to look at.
"""
import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

LIMIT_S = 60

passed = failed = 0


def claim(holds, what, seen=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print("FAIL %s %s" % (what, seen))


class Browser:
    """Chromium on a pipe: descriptors 3 and 4, messages of JSON, each ended by a NUL."""

    def __init__(self, scratch):
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        to_read, self.to = os.pipe()
        self.origin, from_write = os.pipe()
        words = [program, "--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + os.path.join(scratch, "profile"),
                 "--no-first-run", "--disable-gpu", "--hide-scrollbars", "--disable-extensions", "--disable-component-update",
                 "--disable-background-networking", "--force-device-scale-factor=1", "about:blank"]
        if os.geteuid() == 0:
            words.insert(1, "--no-sandbox")  # it refuses root otherwise; the page is ours

        def at_home():
            # Not onto each other: either number may be one of theirs.
            read, write = os.dup(to_read), os.dup(from_write)
            os.dup2(read, 3)
            os.dup2(write, 4)

        with open(os.path.join(scratch, "chromium.log"), "wb") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=False, pass_fds=(),
                                            preexec_fn=at_home, env=dict(os.environ, HOME=scratch))
        os.close(to_read)
        os.close(from_write)
        self.rest = b""
        self.number = 0
        self.session = None
        self.events = []

    def receive(self):
        while b"\0" not in self.rest:
            block = os.read(self.origin, 1 << 20)
            if block == b"":
                raise RuntimeError("Chromium ended")
            self.rest += block
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            reply = self.receive()
            if reply.get("id") == self.number:
                if "error" in reply:
                    raise RuntimeError("%s: %s" % (method, reply["error"]))
                return reply["result"]
            if "method" in reply:
                self.events.append(reply)

    def wait_for(self, method):
        while True:
            for event in self.events:
                if event["method"] == method:
                    self.events.remove(event)
                    return event["params"]
            event = self.receive()
            if "method" in event:
                self.events.append(event)

    def open(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def go(self, path, width=1280, height=900, dark=False, scripts=True):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.events = []
        self.call("Page.navigate", url="about:blank")
        self.wait_for("Page.loadEventFired")
        self.events = []
        self.call("Page.navigate", url="file://" + path)
        self.wait_for("Page.loadEventFired")

    def ask(self, expression):
        reply = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in reply:
            raise RuntimeError("%s: %s" % (expression, reply["exceptionDetails"]))
        return reply["result"].get("value")

    def key(self, key, code=0, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def complaints(self):
        self.ask("new Promise((done) => setTimeout(done))")
        kinds = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        return [event for event in self.events if event["method"] in kinds]

    def requests(self):
        return [event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"]

    def shot(self, path, clip=None):
        extra = {"clip": dict(clip, scale=1), "captureBeyondViewport": True} if clip else {}
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png", **extra)["data"]))

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(LIMIT_S)


SHOWN = "Array.from(document.querySelectorAll('.req:not([hidden])'), (r) => r.id)"
# Of every element that has text of its own: the contrast of its colour to the ground it stands on.
CONTRAST = """(() => {
    const part = (v) => (v /= 255, v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
    const ground = (e) => {
        for (; e !== null; e = e.parentElement) {
            const c = numbers(getComputedStyle(e).backgroundColor);
            if (c.length === 3 || c[3] === 1) return c;
        }
        return [255, 255, 255];
    };
    const bad = [];
    let n = 0;
    for (const e of document.querySelectorAll('body *:not(script):not(style):not(option)')) {
        if (!Array.from(e.childNodes).some((c) => c.nodeType === 3 && c.data.trim() !== '') || !e.checkVisibility()) continue;
        const a = light(numbers(getComputedStyle(e).color)), b = light(ground(e));
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        n++;
        if (ratio < 4.5) bad.push(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
    }
    return {n, bad: Array.from(new Set(bad))};
})()"""


def results(folder):
    with open(os.path.join(folder, "results.jsonl"), encoding="utf-8") as file:
        return [row for row in map(json.loads, file) if "verdict" in row]


def check_quiet(b, name, path):
    b.go(path)
    claim(b.complaints() == [], "%s: nothing on the console" % name, b.complaints())
    claim(b.requests() == ["file://" + path], "%s: no request beside the page" % name, b.requests())


def check_filter(b, path, rows):
    b.go(path)
    everything = b.ask(SHOWN)
    tested = {row["id"] for row in rows}
    claim(tested <= set(everything), "every tested requirement is on the page", tested - set(everything))
    claim(b.ask("document.getElementById('filter').hidden") is False, "scripts show the filter")
    b.ask("document.querySelector('input[value=FAIL]').click()")
    failing = set(b.ask("Array.from(document.querySelectorAll('.req[data-verdict=FAIL]'), (r) => r.id)"))
    claim(set(b.ask(SHOWN)) == failing and failing != set(), "a verdict narrows the list to it")
    claim(b.ask("document.getElementById('shown').textContent") == "%d of %d requirements" % (len(failing), len(everything)),
          "the filter says how many are shown")
    b.ask("document.querySelector('input[value=BLOCKED]').click()")
    claim(len(b.ask(SHOWN)) > len(failing), "a second verdict widens it")
    b.ask("document.querySelector('button[type=reset]').click()")
    b.ask("new Promise((done) => setTimeout(done))")
    claim(b.ask(SHOWN) == everything, "a reset shows all")
    for name, value, key in (("level", "SHOULD", "level"), ("area", "POL", "area")):
        b.ask("(() => { const s = document.forms.filter.elements.%s; s.value = '%s'; s.dispatchEvent(new Event('input', "
              "{bubbles: true})); })()" % (name, value))
        seen = set(b.ask("Array.from(document.querySelectorAll('.req:not([hidden])'), (r) => r.dataset.%s)" % key))
        claim(seen == {value}, "the %s narrows the list to it" % name, seen)
    b.ask("document.querySelector('button[type=reset]').click()")


def check_keyboard(b, path):
    b.go(path)
    b.key("Tab", 9)
    claim(b.ask("document.activeElement.className") == "skip", "the first stop of the keyboard skips to the requirements")
    b.key("Enter", 13, "\r")
    claim(b.ask("location.hash") == "#requirements", "which Enter does")
    b.key("/", 191, "/")
    claim(b.ask("document.activeElement.id") == "q" and b.ask("document.activeElement.value") == "", "a slash goes to the filter")
    for letter in "pol-019":
        b.key(letter, 0, letter)
    claim(b.ask(SHOWN)[:1] != [] and "POL-019" in b.ask(SHOWN) and len(b.ask(SHOWN)) < 60, "what is typed narrows the list", b.ask(SHOWN))
    b.key("Escape", 27)
    claim(b.ask("document.activeElement.id") == "" and b.ask(SHOWN + ".length") > 200, "Escape leaves it and shows all")
    b.ask("document.querySelector('#POL-019 > summary').focus()")
    b.key("Enter", 13, "\r")
    claim(b.ask("document.getElementById('POL-019').open") is True, "Enter opens the details of a requirement")
    b.key("Enter", 13, "\r")
    claim(b.ask("document.getElementById('POL-019').open") is False, "and closes them")


def check_details(b, path, rows):
    b.go(path + "#POL-019")
    claim(b.ask("document.getElementById('POL-019').open") is True, "an address with an id opens its details")
    text = b.ask("document.getElementById('POL-019').innerText")
    row = next(row for row in rows if row["id"] == "POL-019" and row["verdict"] == "FAIL")
    for what in (row["reason"], row["rerun"], "Journal", "Last reply", "GetFederationToken"):
        claim(what in text, "details of POL-019 hold: %s" % what, text)
    deny = b.ask("document.querySelector('#causes .deny').innerText")
    claim("uid/* matches no account: write uid/<appid>" in deny, "the cause shows the mock's own sentence", deny)
    b.ask("document.querySelector('input[value=PASS]').click()")
    b.ask("document.querySelector('#causes .ids a').click()")
    b.ask("new Promise((done) => setTimeout(done, 0))")
    claim(b.ask("(() => { const r = document.getElementById(location.hash.slice(1)); return r.open && !r.hidden; })()"),
          "a link to a requirement that the filter hides shows it")


def check_without_scripts(b, path, everything):
    b.go(path, scripts=False)
    tree = b.call("DOM.getDocument", depth=0)["root"]["nodeId"]
    html = b.call("DOM.getOuterHTML", nodeId=tree)["outerHTML"]
    claim(html.count('<details class="req"') == len(everything), "without scripts all requirements are there")
    claim('role="search" hidden' in html, "without scripts there is no filter that does nothing")
    spot = b.call("DOM.querySelector", nodeId=tree, selector=".req > summary")["nodeId"]
    b.call("DOM.scrollIntoViewIfNeeded", nodeId=spot)
    quad = b.call("DOM.getBoxModel", nodeId=spot)["model"]["content"]
    for kind in ("mousePressed", "mouseReleased"):
        b.call("Input.dispatchMouseEvent", type=kind, x=quad[0] + 4, y=(quad[1] + quad[5]) / 2, button="left", clickCount=1)
    row = b.call("DOM.querySelector", nodeId=tree, selector=".req")["nodeId"]
    claim("open" in b.call("DOM.getAttributes", nodeId=row)["attributes"], "without scripts a click opens details")


def check_looks(b, path):
    grounds = []
    for dark in (False, True):
        b.go(path, dark=dark)
        b.ask("document.getElementById('open').click()")
        seen = b.ask(CONTRAST)
        claim(seen["n"] > 1000 and seen["bad"] == [], "contrast of 4.5 in %s colours" % ("dark" if dark else "light"), seen)
        grounds.append(b.ask("getComputedStyle(document.body).backgroundColor"))
    claim(grounds[0] != grounds[1], "the page follows the colour scheme", grounds)
    for width in (1280, 768, 360):
        b.go(path, width=width)
        b.ask("document.getElementById('open').click()")
        claim(b.ask("document.documentElement.scrollWidth") <= width, "nothing is wider than %d pixels" % width,
              b.ask("document.documentElement.scrollWidth"))
    b.go(path)
    b.call("Emulation.setEmulatedMedia", media="print")
    claim(b.ask("getComputedStyle(document.getElementById('filter')).display") == "none", "paper has no filter")
    b.call("Emulation.setEmulatedMedia", media="")


def check_hostile(b, path):
    check_quiet(b, "hostile", path)
    claim(b.ask("window.hostile === undefined && document.querySelector('main img, main script, main iframe') === null"),
          "hostile text makes no element and runs nothing")
    claim(b.ask("document.body.textContent.includes('</script><img src=x onerror=')"), "hostile text is shown as it is written")
    claim(b.ask("!/[\\u202a-\\u202e\\u2066-\\u2069\\u200e\\u200f\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]/.test("
                "document.body.textContent)"), "no control and no mark of direction is left in it")
    claim(b.ask("Array.from(document.querySelectorAll('.cp'), (e) => e.textContent).includes('U+202E')"), "they are named instead")
    claim(b.ask("document.body.textContent.includes('\\ufffd')"), "bytes that are no UTF-8 are replaced")


def take_shots(b, folder, pages):
    os.makedirs(folder, exist_ok=True)
    for name, path in pages.items():
        for kind, width, dark in (("light", 1280, False), ("dark", 1280, True), ("narrow", 390, False)):
            b.go(path, width=width, dark=dark)
            b.shot(os.path.join(folder, "%s-%s-top.png" % (name, kind)), {"x": 0, "y": 0, "width": width, "height": 1500})
            b.ask("document.querySelector('.req').open = true")
            y = b.ask("document.getElementById('requirements').getBoundingClientRect().top + scrollY")
            b.shot(os.path.join(folder, "%s-%s-list.png" % (name, kind)), {"x": 0, "y": y, "width": width, "height": 1500})


def run(build, program, words, folder):
    command = [os.path.join(build, "conformance", program), "run", "--progress=off", "--out", folder] + words
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return os.path.join(folder, "report.html")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--shots")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    evil = os.path.join(build, "conformance", "evil-driver") + " hostile"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        pages = {
            "good": run(build, "cosconform", ["--in-process"], os.path.join(scratch, "good")),
            "bad": run(build, "cosconform-mutants", ["--in-process", "--mutant", "pol_uid_star"], os.path.join(scratch, "bad")),
            "hostile": run(build, "cosconform", ["--driver", evil, "--only", "FS-00*,STS-00*"], os.path.join(scratch, "hostile")),
        }
        rows = results(os.path.join(scratch, "bad"))
        browser = Browser(scratch)
        try:
            browser.open()
            check_quiet(browser, "good", pages["good"])
            check_quiet(browser, "bad", pages["bad"])
            everything = browser.ask(SHOWN)
            check_filter(browser, pages["bad"], rows)
            check_keyboard(browser, pages["bad"])
            check_details(browser, pages["bad"], rows)
            check_without_scripts(browser, pages["bad"], everything)
            check_looks(browser, pages["bad"])
            check_hostile(browser, pages["hostile"])
            if options.shots:
                take_shots(browser, options.shots, pages)
            browser.close()
        finally:
            browser.process.kill()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
