"""RQ: `rq_app.py send` sends jobs; the worker is RQ's own program."""

from redis import Redis
from rq import Queue

import program


def double(n):
    program.done(n)
    return 2 * n


def result(job):
    job.refresh()
    return job.result


if __name__ == "__main__":
    queue = Queue("jobs", connection=Redis(port=program.PORT))
    import rq_app  # the worker finds the function under this name

    sent = []
    for n in program.turns():
        sent.append((n, queue.enqueue(rq_app.double, n, result_ttl=600)))
        program.say("sent", n)
    program.await_results(sent, result)
