package apps

const (
	python = "/usr/bin/python3" // Debian's, which has Debian's packages
	dist   = "/usr/lib/python3/dist-packages/"
)

// pair is a worker at one node that lives, and a sender at the other.
func pair(work, send []string) []process {
	return []process{{node: 1, args: work}, {node: 2, args: send, ends: true}}
}

// both is the same program at the two nodes that live.
func both(args ...string) []process {
	return []process{{node: 1, args: args, ends: true}, {node: 2, args: args, ends: true}}
}

var applications = []app{
	{name: "asynq", hold: 4, procs: pair([]string{"GOLIBS", "asynq-work"}, []string{"GOLIBS", "asynq-send"})},
	{name: "redsync", procs: both("GOLIBS", "redsync"), count: []string{"1", "redsync:count", "0"}},
	{name: "redis_rate", procs: both("GOLIBS", "rate"), count: []string{"1", "rate:count", "0"}},
	{name: "rueidis", procs: both("GOLIBS", "cache"), count: []string{"1", "cache:count", "0"}},
	{
		name: "rq", hold: 1, needs: []string{dist + "rq"},
		procs: pair(
			[]string{python, "-m", "rq.cli", "worker", "--url", "redis://127.0.0.1:PORT/0", "jobs"},
			[]string{python, "DIR/rq_app.py", "send"}),
	},
	{
		name: "celery", needs: []string{dist + "celery"},
		stays: "a worker of 5.2 whose connection broke may wait for minutes, and keeps the tasks that are due later",
		procs: pair(
			[]string{python, "-m", "celery", "-A", "celery_app", "worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"},
			[]string{python, "DIR/celery_app.py", "send"}),
	},
	{
		name: "django-redis", needs: []string{dist + "django_redis"},
		procs: both(python, "DIR/django_app.py"), count: []string{"1", ":1:incremented", "3"},
	},
	{
		name: "sidekiq", hold: 2, needs: []string{"/usr/bin/sidekiq"},
		procs: pair(
			[]string{"/usr/bin/sidekiq", "-r", "DIR/sidekiq_app.rb", "-c", "2"},
			[]string{"/usr/bin/ruby", "DIR/sidekiq_app.rb"}),
	},
	{
		name: "node-redis", hold: 5, needs: []string{"/usr/share/nodejs/redis", "/usr/bin/node"},
		procs: pair([]string{"/usr/bin/node", "DIR/node_app.js", "work"}, []string{"/usr/bin/node", "DIR/node_app.js", "send"}),
	},
	{
		name: "predis", hold: 1, needs: []string{"/usr/share/php/Predis", "/usr/lib/php/*/redis.so", "/usr/bin/php"},
		procs: pair([]string{"/usr/bin/php", "DIR/php_app.php", "work"}, []string{"/usr/bin/php", "DIR/php_app.php", "send"}),
	},
	{
		name: "php sessions", needs: []string{"/usr/lib/php/*/redis.so", "/usr/bin/php"},
		procs: both("/usr/bin/php", "DIR/php_app.php", "sessions"), count: []string{"1", "PHPREDIS_SESSION:shared", "5"},
	},
}
