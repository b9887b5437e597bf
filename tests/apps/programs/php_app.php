<?php
// Predis works on jobs that phpredis sends: a list with a second one for jobs that are
// under way, and scripts. `sessions` counts in a session of phpredis' handler, under
// its lock. The environment is told in program.py.

$port = (int) getenv('APP_NODE');

// say prints a line without PHP's output layer, after which no session could start.
function say(string ...$words): void
{
    fwrite(STDOUT, implode(' ', $words) . "\n");
}

function phpredis(int $port): Redis
{
    $redis = new Redis();
    $redis->connect('127.0.0.1', $port, 0, null, 0, 60);
    $redis->select(5);
    return $redis;
}

function work(int $port): void
{
    require 'Predis/Autoloader.php';
    Predis\Autoloader::register();
    $client = new Predis\Client(['host' => '127.0.0.1', 'port' => $port, 'database' => 5, 'read_write_timeout' => 60]);
    while (true) {
        $n = $client->brpoplpush('jobs', 'under way', 1);
        if ($n === null) {
            continue;
        }
        file_put_contents(getenv('APP_LOG'), "$n\n", FILE_APPEND);
        $client->transaction(function ($tx) use ($n) {
            $tx->hset('results', $n, 2 * $n);
            $tx->lrem('under way', 1, $n);
        });
    }
}

function send(int $port): void
{
    $redis = phpredis($port);
    $push = 'return redis.call("lpush", KEYS[1], ARGV[1])';
    for ($n = 0; !file_exists(getenv('APP_STOP')); $n++) {
        if ($redis->eval($push, ['jobs', $n], 1) === false) {
            throw new Exception($redis->getLastError());
        }
        say("sent $n");
        usleep((int) (1e6 * getenv('APP_PAUSE')));
    }
    $end = microtime(true) + getenv('APP_PATIENCE');
    while ($redis->hLen('results') < $n && microtime(true) < $end) {
        usleep(50000);
    }
    for ($i = 0; $i < $n; $i++) {
        $value = $redis->hGet('results', $i);
        if ($value !== false && (int) $value !== 2 * $i) {
            throw new Exception("job $i has the result $value");
        }
        say($value === false ? 'missing' : 'result', (string) $i);
    }
    say('under way:', (string) $redis->lLen('under way'));
}

function sessions(int $port): void
{
    ini_set('session.save_handler', 'redis');
    ini_set('session.save_path', "tcp://127.0.0.1:$port?database=5&timeout=60&read_timeout=60");
    ini_set('redis.session.locking_enabled', '1');
    ini_set('redis.session.lock_retries', '-1');
    ini_set('redis.session.lock_wait_time', '5000');
    ini_set('session.use_cookies', '0');
    ini_set('session.cache_limiter', '');
    $added = 0;
    while (!file_exists(getenv('APP_STOP'))) {
        session_id('shared');
        if (!session_start()) {
            throw new Exception('the session does not start');
        }
        $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
        if (!session_write_close()) {
            throw new Exception('the session is not written');
        }
        $added++;
        say("turn $added");
        usleep((int) (1e6 * getenv('APP_PAUSE')));
    }
    say("added $added");
}

ini_set('default_socket_timeout', '60');
$argv[1]($port);
