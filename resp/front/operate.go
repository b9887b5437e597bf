package front

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

// newRunID returns 40 random hexadecimal digits.
func newRunID() string {
	var b [20]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func timeCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	now := time.Now()
	w.Array(2)
	w.BulkInt(now.Unix())
	w.BulkInt(int64(now.Nanosecond() / int(time.Microsecond)))
}

func lastsaveCommand(s *Session, _ [][]byte, w *reply.Writer) { w.Int(s.srv.backend.LastSave()) }

func saveCommand(s *Session, _ [][]byte, w *reply.Writer) { done(w, s.srv.backend.Save()) }

func bgsaveCommand(s *Session, args [][]byte, w *reply.Writer) {
	if len(args) > 2 || len(args) == 2 && !strings.EqualFold(string(args[1]), "schedule") {
		w.Error(reply.ErrSyntax)
		return
	}
	if s.srv.backend.Info().SaveRunning {
		w.Error(reply.ErrSaveRunning)
		return
	}
	go func() {
		if err := s.srv.backend.Save(); err != nil {
			s.srv.log.Error("the snapshot that BGSAVE asked for failed", "err", err)
		}
	}()
	w.Simple("Background saving started")
}

// bgrewriteaofCommand has nothing to do: the log is cut whenever a snapshot
// covers it.
func bgrewriteaofCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	w.Simple("Background append only file rewriting started")
}

// parseShutdown reads the arguments of SHUTDOWN.
func parseShutdown(args [][]byte) (o ShutdownOptions, abort, ok bool) {
	for _, arg := range args {
		switch strings.ToLower(string(arg)) {
		case "nosave":
			o.NoSave = true
		case "save":
			o.Save = true
		case "now":
			o.Now = true
		case "force":
			// A snapshot that fails never ends a shutdown: the log has everything.
		case "abort":
			abort = true
		default:
			return o, false, false
		}
	}
	if o.Save && o.NoSave || abort && len(args) > 1 {
		return o, false, false
	}
	return o, abort, true
}

// shutdownCommand sends no reply if the server ends: the connection closes.
func shutdownCommand(s *Session, args [][]byte, w *reply.Writer) {
	o, abort, ok := parseShutdown(args[1:])
	switch {
	case !ok:
		w.Error(reply.ErrSyntax)
	case abort:
		w.Error(reply.ErrNoShutdown) // one that has begun takes no commands any more
	case s.srv.opt.Shutdown == nil:
		w.Error(reply.ErrShutdown)
	default:
		s.srv.log.Warn("shutting down, as a client asked for", "client", s.conn.RemoteAddr())
		s.srv.opt.Shutdown(o)
		s.last = true
	}
}

func lolwutCommand(s *Session, args [][]byte, w *reply.Writer) {
	if len(args) > 2 && strings.EqualFold(string(args[1]), "version") {
		if _, ok := redisnum.ParseInt(args[2]); !ok {
			w.Error(reply.ErrNotInteger)
			return
		}
	}
	w.Verbatim("txt", fmt.Sprintf("Redis ver. %s (msredis %s)\n", RedisVersion, s.srv.opt.Version))
}

// percentile is one of latency-tracking-info-percentiles.
type percentile struct {
	name  string
	value float64
}

// parsePercentiles reads the option; a word that is no percentage is left out.
func parsePercentiles(words []string) []percentile {
	var list []percentile
	for _, word := range words {
		if v, err := strconv.ParseFloat(word, 64); err == nil && v >= 0 && v <= 100 {
			list = append(list, percentile{strconv.FormatFloat(v, 'f', -1, 64), v})
		}
	}
	return list
}
