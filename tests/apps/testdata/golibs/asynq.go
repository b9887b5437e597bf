package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/hibiken/asynq"
)

func asynqNode() asynq.RedisClientOpt {
	return asynq.RedisClientOpt{Addr: node(), ReadTimeout: patience(), WriteTimeout: patience()}
}

// asynqWork is a worker. Each fifth job fails the first time, and is tried again.
func asynqWork(context.Context) error {
	server := asynq.NewServer(asynqNode(), asynq.Config{
		Concurrency: 4, LogLevel: asynq.WarnLevel, DelayedTaskCheckInterval: 200 * time.Millisecond,
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return 100 * time.Millisecond },
	})
	err := server.Start(asynq.HandlerFunc(func(ctx context.Context, task *asynq.Task) error {
		n, err := strconv.Atoi(string(task.Payload()))
		if err != nil {
			return err
		}
		if retried, _ := asynq.GetRetryCount(ctx); n%5 == 0 && retried == 0 {
			return errors.New("not this time")
		}
		f, err := os.OpenFile(os.Getenv("APP_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer f.Close()
		fmt.Fprintln(f, n)
		_, err = task.ResultWriter().Write([]byte(strconv.Itoa(2 * n)))
		return err
	}))
	if err != nil {
		return err
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
	server.Shutdown()
	return nil
}

// asynqSend sends jobs, each third to be done later, and each of them twice: asynq
// takes an id once.
func asynqSend(context.Context) error {
	client := asynq.NewClient(asynqNode())
	defer client.Close()
	sent := 0
	if err := turns(func(n int) error {
		options := []asynq.Option{asynq.TaskID(strconv.Itoa(n)), asynq.Retention(time.Hour), asynq.MaxRetry(5)}
		if n%3 == 0 {
			options = append(options, asynq.ProcessIn(500*time.Millisecond))
		}
		task := asynq.NewTask("double", []byte(strconv.Itoa(n)))
		if _, err := client.Enqueue(task, options...); err != nil {
			return err
		}
		sent++
		fmt.Println("sent", n)
		if _, err := client.Enqueue(task, options...); !errors.Is(err, asynq.ErrTaskIDConflict) {
			return fmt.Errorf("the same id again: %w", err)
		}
		return nil
	}); err != nil {
		return err
	}
	inspector := asynq.NewInspector(asynqNode())
	defer inspector.Close()
	for n := range sent {
		var result string
		ok, err := await(func() (bool, error) {
			info, err := inspector.GetTaskInfo("default", strconv.Itoa(n))
			if err != nil {
				return false, err
			}
			result = string(info.Result)
			return info.State == asynq.TaskStateCompleted, nil
		})
		switch {
		case err != nil:
			return fmt.Errorf("job %d: %w", n, err)
		case !ok:
			fmt.Println("missing", n)
		case result != strconv.Itoa(2*n):
			return fmt.Errorf("job %d has the result %q", n, result)
		default:
			fmt.Println("result", n)
		}
	}
	return nil
}
