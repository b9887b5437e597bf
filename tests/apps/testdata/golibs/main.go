// Command golibs does what an application does with Go's libraries: queues, locks,
// limits, a cache on the client's side. apps_linux_test.go starts it and kills nodes beside
// it. It is a module of its own, so that the server's go.mod does not carry them.
//
// APP_NODE is the node's port. Each job that was done appends a line to the file
// APP_LOG. The file APP_STOP appears when no more jobs shall be sent.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

var roles = map[string]func(ctx context.Context) error{
	"asynq-work": asynqWork,
	"asynq-send": asynqSend,
	"redsync":    countUnderLock,
	"rate":       rate,
	"cache":      cached,
}

func main() {
	if err := roles[os.Args[1]](context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func node() string { return net.JoinHostPort("127.0.0.1", os.Getenv("APP_NODE")) }

// dial returns a client that waits as long as a change of the leader may take.
func dial() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: node(), ReadTimeout: patience(), WriteTimeout: patience(), MaxRetries: -1})
}

func seconds(variable string) time.Duration {
	n, err := strconv.ParseFloat(os.Getenv(variable), 64)
	if err != nil {
		panic(variable + ": " + err.Error())
	}
	return time.Duration(n * float64(time.Second))
}

func patience() time.Duration { return seconds("APP_PATIENCE") }

// turns calls f with 0, 1, ... until no more shall be sent.
func turns(f func(n int) error) error {
	for n := 0; ; n++ {
		if _, err := os.Stat(os.Getenv("APP_STOP")); err == nil {
			return nil
		}
		if err := f(n); err != nil {
			return fmt.Errorf("turn %d: %w", n, err)
		}
		time.Sleep(seconds("APP_PAUSE"))
	}
}

// await asks again and again until it is so, or for as long as there is patience.
func await(so func() (bool, error)) (bool, error) {
	for end := time.Now().Add(patience()); ; time.Sleep(20 * time.Millisecond) {
		if ok, err := so(); ok || err != nil || time.Now().After(end) {
			return ok, err
		}
	}
}
