package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/msredis/msredis/internal/options"
)

// levelVerbose is Redis's level between debug and notice, which is slog's info.
const levelVerbose = slog.Level(-2)

// levels are the values of loglevel.
var levels = map[string]slog.Level{
	"debug":   slog.LevelDebug,
	"verbose": levelVerbose,
	"notice":  slog.LevelInfo,
	"warning": slog.LevelWarn,
	"nothing": slog.LevelError + 1, // above all that is logged
}

// openLog returns a logger that follows the options loglevel and logfile.
func openLog(opts *options.Set) (*slog.Logger, error) {
	var out io.Writer = os.Stdout
	if path := opts.String("logfile"); path != "" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
		if err != nil {
			return nil, fmt.Errorf("logfile: %w", err)
		}
		out = f // open as long as the process lives
	}
	level := new(slog.LevelVar)
	follow := func() { level.Set(levels[opts.String("loglevel")]) }
	follow()
	opts.OnChange("loglevel", follow)
	return slog.New(newLineHandler(out, level)), nil
}

// lineHandler writes log records as lines like Redis's:
//
//	12345:M 21 Nov 2026 22:53:53.123 * message key=value
//
// The sign before the message is the level: . debug, - verbose, * notice,
// # warning and worse.
type lineHandler struct {
	level slog.Leveler
	mu    *sync.Mutex // one line after the other, for all handlers made by With
	out   io.Writer
	head  string // pid and role
	attrs string // of With, as they are printed
	group string // prefix of keys
}

func newLineHandler(out io.Writer, level slog.Leveler) *lineHandler {
	return &lineHandler{level: level, mu: new(sync.Mutex), out: out, head: strconv.Itoa(os.Getpid()) + ":M "}
}

func (h *lineHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level.Level() }

func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	b := make([]byte, 0, 256)
	b = append(b, h.head...)
	b = r.Time.AppendFormat(b, "02 Jan 2006 15:04:05.000")
	b = append(b, ' ', sign(r.Level), ' ')
	b = append(b, oneLine(r.Message)...)
	b = append(b, h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		b = appendAttr(b, h.group, a)
		return true
	})
	b = append(b, '\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(b)
	return err
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	other := *h
	b := []byte(h.attrs)
	for _, a := range attrs {
		b = appendAttr(b, h.group, a)
	}
	other.attrs = string(b)
	return &other
}

func (h *lineHandler) WithGroup(name string) slog.Handler {
	other := *h
	if name != "" {
		other.group += name + "."
	}
	return &other
}

func sign(l slog.Level) byte {
	switch {
	case l < levelVerbose:
		return '.'
	case l < slog.LevelInfo:
		return '-'
	case l < slog.LevelWarn:
		return '*'
	}
	return '#'
}

func appendAttr(b []byte, group string, a slog.Attr) []byte {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
		return b
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, member := range v.Group() {
			b = appendAttr(b, group, member)
		}
		return b
	}
	b = append(b, ' ')
	b = append(b, group...)
	b = append(b, a.Key...)
	b = append(b, '=')
	if v.Kind() == slog.KindTime {
		return v.Time().AppendFormat(b, time.RFC3339Nano)
	}
	return append(b, word(v.String())...)
}

// word quotes a value that would not read as one word.
func word(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return r == ' ' || r == '"' || r == '=' || !unicode.IsPrint(r)
	}) {
		return strconv.Quote(s)
	}
	return s
}

// oneLine keeps a message from ending its line early.
func oneLine(s string) string {
	if strings.ContainsFunc(s, unicode.IsControl) {
		s = strconv.Quote(s)
		return s[1 : len(s)-1]
	}
	return s
}

// scriptLog takes the lines of redis.log, with Redis's levels.
func (p *process) scriptLog(level int, line string) {
	levels := [...]slog.Level{slog.LevelDebug, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn}
	p.log.Log(context.Background(), levels[level], line)
}
