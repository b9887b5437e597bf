"""redis-py as a named user through one node, while an operator at another node changes it.

users.py HOST:PORT-of-the-user HOST:PORT-of-the-operator
"""
import sys

import redis


def at(addr, **more):
    host, port = addr.split(":")
    return redis.Redis(host=host, port=int(port), socket_timeout=20, decode_responses=True, **more)


def refused(kind, call):
    try:
        got = call()
    except redis.RedisError as e:
        if type(e) is not kind:
            raise AssertionError(f"{type(e).__name__} and not {kind.__name__}: {e}") from e
        return
    raise AssertionError(f"answered: {got}")


def wrong(call):
    """The password is wrong. Later versions of redis-py have an exception of their own for that."""
    try:
        got = call()
    except (redis.exceptions.AuthenticationError, redis.ResponseError) as e:
        assert "invalid username-password pair" in str(e), e
        return
    raise AssertionError(f"answered: {got}")


def main(mine, operators):
    admin, here = at(operators), at(mine)
    admin.acl_setuser("app", enabled=True, reset=True, passwords=["+one"], keys=["app:*"], channels=["app:*"],
                      commands=["+get", "+set", "+multi", "+exec", "+eval", "+evalsha", "+script|load", "+publish", "+subscribe", "+acl|whoami", "+client|setname"])
    assert admin.acl_getuser("app")["flags"][0] == "on"
    app = at(mine, username="app", password="one", client_name="me")
    assert app.set("app:k", "v") and app.get("app:k") == "v" and app.acl_whoami() == "app"
    denied = redis.exceptions.NoPermissionError
    refused(denied, lambda: app.get("other"))
    refused(denied, lambda: app.delete("app:k"))
    refused(denied, lambda: app.publish("other", "m"))
    refused(denied, lambda: app.register_script("return redis.call('del', KEYS[1])")(keys=["app:k"]))
    refused(denied, lambda: app.pipeline().set("app:k", "w").set("other", "w").execute())
    assert app.get("app:k") == "v"
    assert app.publish("app:c", "m") == 0

    # The password changes: connections stay, new ones need it.
    admin.execute_command("ACL", "SETUSER", "app", "resetpass", ">two")
    assert app.get("app:k") == "v"
    here.execute_command("CLIENT", "KILL", "USER", "app")
    wrong(lambda: app.get("app:k"))
    again = at(mine, username="app", password="two")
    assert again.get("app:k") == "v"
    wrong(lambda: at(mine, username="nobody", password="two").ping())

    # A right is taken, and the user with it.
    admin.execute_command("ACL", "SETUSER", "app", "-get")
    refused(denied, lambda: again.get("app:k"))
    assert admin.acl_deluser("app") == 1
    wrong(lambda: at(mine, username="app", password="two").ping())
    reasons = {entry["reason"] for entry in here.acl_log()}
    assert reasons == {"key", "command", "channel", "auth"}, reasons
    print("all right")


main(*sys.argv[1:])
