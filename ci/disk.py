#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ci/disk does on its small disk. In a mount namespace of its own; loopback only.
disk.py PROGRAM SHIM: what makes a disk fail under a running program (ci/disk_fault.c)."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from crash import BUCKET, WORLD, Caller, Wrong, allow, bytes_of, expect

DISK = "24m"
SIZES = (300000, 4096, 2 << 20, 65537)


class Disk:
    """A mock on a small disk, and what it has acknowledged."""

    def __init__(self, program, shim):
        self.program, self.folder = program, os.path.realpath(tempfile.mkdtemp(prefix="disk-"))
        self.shim, self.faults = shim, tempfile.mkdtemp(prefix="faults-")
        self.mount("size=" + DISK)
        self.data, self.kept, self.gone, self.number = os.path.join(self.folder, "data"), {}, set(), 0

    def mount(self, options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", self.folder], check=True)

    def command(self):
        return [self.program, "serve", "--data", self.data, "--world", "/dev/stdin"]

    def fault(self, name, is_there):
        """"read-only" or "unreadable", from this moment on."""
        path = os.path.join(self.faults, name)
        if is_there:
            open(path, "w").close()
        else:
            os.unlink(path)

    def start(self):
        shim = {"LD_PRELOAD": self.shim, "DISK_FAULT_DIR": self.faults, "DISK_FAULT_BELOW": self.data}
        self.process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **shim})
        self.process.stdin.write(WORLD)
        self.process.stdin.close()
        line = self.process.stdout.readline()
        if not line:
            raise Wrong("cosmock does not start: exit %d" % self.process.wait())
        ready = json.loads(line)
        self.caller, self.control = Caller(ready["port"]), ready["control"]

    def end(self, how):
        self.process.send_signal(how)
        if self.process.wait() not in (0, -signal.SIGKILL):
            raise Wrong("cosmock ended with %d" % self.process.returncode)
        self.process.stdout.close()

    def refused_start(self):
        """Its complaint."""
        run = subprocess.run(self.command(), input=WORLD, capture_output=True, text=True)
        if run.returncode != 1 or run.stdout:
            raise Wrong("a start that cannot be ended with %d: %s" % (run.returncode, run.stdout + run.stderr))
        return run.stderr

    def put(self, refusal=503):
        """Its status, and why when it was refused."""
        self.number += 1
        key, state = "k/%d" % self.number, (("k", self.number, SIZES[self.number % len(SIZES)]),)
        status, text, reply = self.caller.cos("PUT", BUCKET, key, body=bytes_of(state))
        expect(status, (200, refusal), "PUT", text)
        (self.kept.__setitem__(key, state) if status == 200 else self.gone.add(key))
        return status, reply.getheader("x-cosmock-reason", ""), text.decode()

    def delete(self, key):
        status, text, _ = self.caller.cos("DELETE", BUCKET, key)
        expect(status, (204,), "DELETE on a full disk", text)
        del self.kept[key]
        self.gone.add(key)

    def ask(self):
        for key, state in self.kept.items():
            status, text, _ = self.caller.cos("GET", BUCKET, key)
            expect(status, (200,), "GET " + key, text)
            if text != bytes_of(state):
                raise Wrong("%s is torn" % key)
        for key in self.gone:
            status, text, _ = self.caller.cos("GET", BUCKET, key)
            expect(status, (404,), "GET of what was refused or deleted, " + key, text)

    def fill(self):
        refusals = []
        while len(refusals) < 3 * len(SIZES):
            status, reason, text = self.put()
            refusals += [(reason, text)] if status == 503 else []
        return refusals

    def ask_control(self, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.control + path) as reply:
            return reply.read().decode()


def a_full_disk_is_503_with_the_reason(disk):
    disk.start()
    for reason, text in disk.fill():
        if not re.search("[Nn]o (space|room)", reason) or "<Code>ServiceUnavailable</Code>" not in text:
            raise Wrong("a refusal says '%s': %s" % (reason, text))
    if not re.search("[Nn]o (space|room)", disk.ask_control("/v1/t/default/journal")):
        raise Wrong("the journal does not say why")


def what_was_kept_can_be_read_then(disk):
    disk.ask()


def whatever_else_adds_is_refused_then_and_the_mock_is_not_broken(disk):
    for _ in range(100):  # until the last page of the log is used up
        status, text, _ = disk.caller.cos("POST", BUCKET, "upload", params=[("uploads", "")])
        expect(status, (200, 503), "Initiate", text)
        status, answer = disk.caller.sts(allow("name/cos:GetObject", "*"))
        error = answer.get("Error", {}).get("Code", "")
        if status != 200 or error not in ("", "RequestLimitExceeded"):
            raise Wrong("GetFederationToken answers %d %s" % (status, error))
    if json.loads(disk.ask_control("/v1/info"))["broken"]:
        raise Wrong("it is broken")


def deleting_works_then_and_makes_room(disk):
    for key in sorted(disk.kept)[::2]:
        disk.delete(key)
    disk.ask()
    statuses = [disk.put()[0] for _ in range(len(SIZES))]
    if statuses != [200] * len(SIZES):
        raise Wrong("PUT behind the deletions answers %r" % statuses)


def nothing_kept_is_lost_when_it_is_killed(disk):
    disk.fill()
    disk.end(signal.SIGKILL)
    disk.start()
    disk.ask()
    disk.end(signal.SIGTERM)


def is_read_only(status, text, reason):
    if status != 500 or "<Code>InternalError</Code>" not in text or "Read-only file system" not in reason:
        raise Wrong("on a read-only disk it says %d '%s': %s" % (status, reason, text))


def a_disk_that_becomes_read_only_is_500_with_the_reason(disk):
    disk.start()
    for key in sorted(disk.kept)[::2]:
        disk.delete(key)  # so that it is not full
    in_turn, until = 0, time.monotonic() + 30
    while in_turn < len(SIZES):  # behind a start their room is the disk's again a moment later
        in_turn = in_turn + 1 if disk.put()[0] == 200 else 0
        if time.monotonic() > until:
            raise Wrong("the room of what was deleted does not come back")
    disk.fault("read-only", True)
    for _ in SIZES:
        status, reason, text = disk.put(refusal=500)
        is_read_only(status, text, reason)
    key = min(disk.kept)
    for method, path, params in (("DELETE", key, []), ("POST", "upload", [("uploads", "")])):
        status, text, reply = disk.caller.cos(method, BUCKET, path, params=params)
        is_read_only(status, text.decode(), reply.getheader("x-cosmock-reason", ""))
    status, answer = disk.caller.sts(allow("name/cos:GetObject", "*"))
    if status != 200 or answer.get("Error", {}).get("Code") != "InternalError":
        raise Wrong("GetFederationToken answers %d %r" % (status, answer.get("Error")))
    if "Read-only file system" not in disk.ask_control("/v1/t/default/journal"):
        raise Wrong("the journal does not say why")
    if json.loads(disk.ask_control("/v1/info"))["broken"]:
        raise Wrong("it is broken")


def what_was_kept_can_be_read_from_it(disk):
    disk.ask()


def it_goes_on_when_it_may_write_again(disk):
    disk.fault("read-only", False)
    answers = [disk.put() for _ in SIZES]
    if [status for status, _, _ in answers] != [200] * len(SIZES):
        raise Wrong("PUT behind it answers %r" % answers)
    disk.delete(min(disk.kept))
    disk.ask()


def nothing_kept_is_lost_when_it_is_killed_while_it_may_not(disk):
    disk.fault("read-only", True)
    for _ in SIZES:
        disk.put(refusal=500)
    disk.end(signal.SIGKILL)
    disk.fault("read-only", False)
    disk.start()
    disk.ask()
    disk.end(signal.SIGTERM)


def a_body_that_cannot_be_read_is_500_and_no_torn_200(disk):
    disk.start()  # nothing is in its memory
    disk.fault("unreadable", True)
    for key in disk.kept:
        status, text, reply = disk.caller.cos("GET", BUCKET, key)
        reason = reply.getheader("x-cosmock-reason", "")
        if status != 500 or b"<Code>InternalError</Code>" not in text or "cannot be read" not in reason:
            raise Wrong("GET %s says %d '%s': %s" % (key, status, reason, text[:300]))
    if json.loads(disk.ask_control("/v1/info"))["broken"]:
        raise Wrong("it is broken")
    disk.fault("unreadable", False)
    disk.ask()
    disk.end(signal.SIGTERM)


def a_read_only_disk_is_refused_at_the_start_and_not_changed(disk):
    disk.mount("remount,ro")
    said = disk.refused_start()
    if "Read-only file system" not in said or disk.data not in said:
        raise Wrong("it says: " + said)
    disk.mount("remount,rw")
    disk.start()
    disk.ask()
    disk.end(signal.SIGTERM)


def the_directory_is_whole_at_the_end(disk):
    run = subprocess.run([disk.program, "data", "check", disk.data], capture_output=True, text=True)
    if run.returncode != 0:
        raise Wrong(run.stdout + run.stderr)


CLAIMS = (a_full_disk_is_503_with_the_reason, what_was_kept_can_be_read_then,
          whatever_else_adds_is_refused_then_and_the_mock_is_not_broken, deleting_works_then_and_makes_room,
          nothing_kept_is_lost_when_it_is_killed, a_disk_that_becomes_read_only_is_500_with_the_reason,
          what_was_kept_can_be_read_from_it, it_goes_on_when_it_may_write_again, nothing_kept_is_lost_when_it_is_killed_while_it_may_not,
          a_body_that_cannot_be_read_is_500_and_no_torn_200, a_read_only_disk_is_refused_at_the_start_and_not_changed,
          the_directory_is_whole_at_the_end)


def main(program, shim):
    disk, passed = Disk(program, shim), 0
    try:
        for claim in CLAIMS:
            claim(disk)
            print("ok   %s" % claim.__name__)
            passed += 1
    except Wrong as why:
        print("FAIL %s: %s" % (claim.__name__, why))
        disk.process.kill()
    subprocess.run(["umount", "-l", disk.folder], check=False)
    os.rmdir(disk.folder)
    shutil.rmtree(disk.faults)
    print("%d passed, %d failed" % (passed, 0 if passed == len(CLAIMS) else 1))
    return 0 if passed == len(CLAIMS) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
