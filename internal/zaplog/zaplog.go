// Package zaplog lets libraries that log through zap write into a slog.Logger.
package zaplog

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// New returns a zap logger that writes into log. Zap's level info becomes debug: a
// library's progress is not an event of ours. A nil log discards.
func New(log *slog.Logger) *zap.Logger {
	if log == nil {
		return zap.NewNop()
	}
	return zap.New(core{log})
}

type core struct{ log *slog.Logger }

func (c core) Enabled(l zapcore.Level) bool {
	return c.log.Enabled(context.Background(), level(l))
}

func (c core) With(fields []zapcore.Field) zapcore.Core {
	args := make([]any, 0, len(fields))
	for _, f := range fields {
		args = append(args, attr(f))
	}
	return core{c.log.With(args...)}
}

func (c core) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	attrs := make([]slog.Attr, 0, len(fields))
	for _, f := range fields {
		attrs = append(attrs, attr(f))
	}
	c.log.LogAttrs(context.Background(), level(e.Level), e.Message, attrs...)
	return nil
}

func (c core) Sync() error { return nil }

func level(l zapcore.Level) slog.Level {
	switch {
	case l >= zapcore.ErrorLevel:
		return slog.LevelError
	case l == zapcore.WarnLevel:
		return slog.LevelWarn
	default:
		return slog.LevelDebug
	}
}

// attr goes through zap's map encoder, which knows all of zap's field types.
func attr(f zapcore.Field) slog.Attr {
	enc := zapcore.NewMapObjectEncoder()
	f.AddTo(enc)
	return slog.Any(f.Key, enc.Fields[f.Key])
}
