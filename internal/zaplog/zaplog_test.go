package zaplog_test

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/msredis/msredis/internal/zaplog"
)

func TestLevelsAndFields(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	log := slog.New(slog.NewTextHandler(&buf, &slog.HandlerOptions{
		Level: slog.LevelInfo,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	z := zaplog.New(log).With(zap.String("dir", "/d"))
	z.Info("progress", zap.Int("n", 1))
	z.Warn("slow", zap.Duration("took", time.Second), zap.Int64("bytes", 7))
	z.Error("failed", zap.Error(errors.New("disk on fire")))

	const want = "level=WARN msg=slow dir=/d took=1s bytes=7\n" +
		"level=ERROR msg=failed dir=/d error=\"disk on fire\"\n"
	if got := buf.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	zaplog.New(nil).Error("goes nowhere")
}
