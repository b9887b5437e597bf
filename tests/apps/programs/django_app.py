"""django-redis: a cache, its counters and its locks, shared by several processes."""

import django
from django.conf import settings

import program

settings.configure(CACHES={"default": {
    "BACKEND": "django_redis.cache.RedisCache",
    "LOCATION": "redis://127.0.0.1:%d/3" % program.PORT,
    "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
}}, SESSION_ENGINE="django.contrib.sessions.backends.cache")
django.setup()

from django.contrib.sessions.backends.cache import SessionStore  # noqa: E402
from django.core.cache import cache  # noqa: E402


def check(what, got, want):
    if got != want:
        raise SystemExit("%s: %r, want %r" % (what, got, want))


def main():
    added = 0
    cache.add("incremented", 0, timeout=None)
    cache.add("under a lock", 0, timeout=None)
    for n in program.turns():
        mine = "%d:%d" % (program.PORT, n)
        cache.incr("incremented")
        with cache.lock("lock", timeout=30):
            cache.set("under a lock", cache.get("under a lock") + 1, timeout=None)
        added += 1
        cache.set_many({mine: {"n": n}, mine + "b": [n]}, timeout=60)
        check("get_many", cache.get_many([mine, mine + "b"]), {mine: {"n": n}, mine + "b": [n]})
        check("ttl", 0 < cache.ttl(mine) <= 60, True)
        check("delete_pattern", cache.delete_pattern(mine + "*"), 2)
        check("get_or_set", cache.get_or_set(mine, lambda: "made", timeout=60), "made")
        session = SessionStore()
        session["n"] = n
        session.save()
        check("session", SessionStore(session.session_key)["n"], n)
        program.say("turn", n)
    program.say("added", added)


main()
