"""Celery: `celery_app.py send` sends tasks; the worker is Celery's own program."""

from celery import Celery

import program

URL = "redis://127.0.0.1:%d/" % program.PORT

app = Celery("celery_app", broker=URL + "1", backend=URL + "2")
# A task that a worker took and whose connection broke goes to another after this time.
app.conf.update(worker_prefetch_multiplier=1, broker_transport_options={"visibility_timeout": 15})


@app.task(name="double")
def double(n):
    program.done(n)
    return 2 * n


if __name__ == "__main__":
    sent = []
    for n in program.turns():
        # Each third is due later: the worker keeps it until then.
        sent.append((n, double.apply_async((n,), countdown=1 if n % 3 == 0 else None)))
        program.say("sent", n)
    program.await_results(sent, lambda r: r.result if r.ready() else None)
