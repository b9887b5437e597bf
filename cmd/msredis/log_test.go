package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/options"
)

func TestLogLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want string // behind the time
		log  func(*slog.Logger)
	}{
		{"* ready", func(l *slog.Logger) { l.Info("ready") }},
		{"# careful n=1 ok=true", func(l *slog.Logger) { l.Warn("careful", "n", 1, "ok", true) }},
		{"# broken err=\"disk full\"", func(l *slog.Logger) { l.Error("broken", "err", errors.New("disk full")) }},
		{"- chatty took=1.5s", func(l *slog.Logger) { l.Log(t.Context(), levelVerbose, "chatty", "took", 1500*time.Millisecond) }},
		{". details at=2026-11-21T22:53:53Z", func(l *slog.Logger) {
			l.Debug("details", "at", time.Date(2026, 11, 21, 22, 53, 53, 0, time.UTC))
		}},
		{`* two\nlines s="" q="a\"b"`, func(l *slog.Logger) { l.Info("two\nlines", "s", "", "q", `a"b`) }},
		{"* m a=1 g.b=2 g.h.c=3 g.d=4", func(l *slog.Logger) {
			l.With("a", 1).WithGroup("g").With("b", 2).Info("m", slog.Group("h", "c", 3), "d", 4)
		}},
	} {
		var out bytes.Buffer
		c.log(slog.New(newLineHandler(&out, slog.LevelDebug)))
		head := regexp.MustCompile(`^\d+:M \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d\.\d{3} `)
		line := out.String()
		if loc := head.FindString(line); loc == "" || line[len(loc):] != c.want+"\n" {
			t.Errorf("got %q, want %q behind pid and time", line, c.want)
		}
	}
}

func TestLogFollowsOptions(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	opts := options.New()
	if err := opts.LoadArgs([]string{"--logfile", path, "--loglevel", "warning"}); err != nil {
		t.Fatal(err)
	}
	log, err := openLog(opts)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("not this")
	log.Warn("first")
	if err := opts.Change([]options.Pair{{Name: "loglevel", Value: "verbose"}}); err != nil {
		t.Fatal(err)
	}
	log.Info("second")
	log.Debug("nor this")
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(string(got)), "\n"); len(lines) != 2 ||
		!strings.HasSuffix(lines[0], "# first") || !strings.HasSuffix(lines[1], "* second") {
		t.Errorf("log:\n%s", got)
	}
}
