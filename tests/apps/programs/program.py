"""What the Python programs share: the environment that apps_linux_test.go sets.

APP_NODE is the node's port, APP_LOG the file to which each job appends that it was
done, APP_STOP the file that appears when no more jobs shall be sent.
"""

import os
import sys
import time

PORT = int(os.environ["APP_NODE"])
PAUSE = float(os.environ["APP_PAUSE"])
PATIENCE = float(os.environ["APP_PATIENCE"])


def done(job):
    """Notes in one write that a job was done: many processes append to the file."""
    fd = os.open(os.environ["APP_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(fd, b"%d\n" % job)
    os.close(fd)


def say(*words):
    print(*words, flush=True)


def turns():
    """Counts until no more shall be sent, with a pause after each turn."""
    n = 0
    while not os.path.exists(os.environ["APP_STOP"]):
        yield n
        n += 1
        time.sleep(PAUSE)


def await_results(pending, result):
    """Waits until result(id) is there for each job, and compares it."""
    end = time.time() + PATIENCE
    for job, handle in pending:
        value = result(handle)
        while value is None and time.time() < end:
            time.sleep(0.05)
            value = result(handle)
        if value is None:
            say("missing", job)
        elif int(value) != 2 * job:
            sys.exit("job %d has the result %r" % (job, value))
        else:
            say("result", job)
