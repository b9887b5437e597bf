package front

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// debugSleepCommand keeps this connection waiting, not the server: the others
// are served meanwhile. As in Redis, what is no number means 0.
func debugSleepCommand(s *Session, args [][]byte, w *reply.Writer) {
	const longest = 24 * time.Hour
	seconds, err := strconv.ParseFloat(string(args[2]), 64)
	if err != nil || !(seconds > 0) || s.inExec {
		seconds = 0
	}
	timer := time.NewTimer(time.Duration(min(seconds, longest.Seconds()) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.conn.Done():
	}
	w.OK()
}

func debugDigestCommand(s *Session, _ [][]byte, w *reply.Writer) {
	digest, _, err := s.srv.backend.Digest()
	if err != nil {
		done(w, err)
		return
	}
	w.Simple(digest)
}

func debugReloadCommand(s *Session, _ [][]byte, w *reply.Writer) { done(w, s.srv.backend.Reload()) }

func debugSetActiveExpireCommand(s *Session, args [][]byte, w *reply.Writer) {
	n, _ := strconv.Atoi(string(args[2]))
	s.srv.backend.SetActiveExpire(n != 0)
	w.OK()
}

func debugStringmatchLenCommand(_ *Session, args [][]byte, w *reply.Writer) {
	if glob.Match(args[2], args[3], false) {
		w.Int(1)
	} else {
		w.Int(0)
	}
}

// debugErrorCommand answers with an error of the client's own: tests of client
// libraries use it.
func debugErrorCommand(_ *Session, args [][]byte, w *reply.Writer) {
	w.Error(strings.NewReplacer("\n", " ", "\r", " ").Replace(string(args[2])))
}

func debugLogCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.log.Warn(fmt.Sprintf("DEBUG LOG: %s", args[2]))
	w.OK()
}

// debugProtocolCommand answers with a reply of each type, as Redis's.
func debugProtocolCommand(_ *Session, args [][]byte, w *reply.Writer) {
	if !w.Sample(strings.ToLower(string(args[2]))) {
		w.Error(reply.ErrProtocolName)
	}
}

// debugDenyScriptsCommand lets scripts call DEBUG, or forbids it again: on all nodes,
// because all run them.
func debugDenyScriptsCommand(s *Session, args [][]byte, w *reply.Writer) {
	value := "0"
	if n, _ := strconv.Atoi(string(args[2])); n != 0 {
		value = "1"
	}
	if err := s.srv.changeSettings("SET", []options.Pair{{Name: "script-debug", Value: value}}); err != nil {
		w.Error(failureText(err))
		return
	}
	w.OK()
}

// populateBatch is how many keys of DEBUG POPULATE are one unit, or fewer if they
// are long: other writes come in between.
const (
	populateBatch = 1000
	populateBytes = 1 << 20
)

// debugPopulateCommand makes keys that are not there yet. They are ordinary writes
// through the log, and come to all nodes; the command itself is none.
func debugPopulateCommand(s *Session, args [][]byte, w *reply.Writer) {
	if len(args) > 5 {
		w.Error(reply.SubcommandSyntax("debug", args[1]))
		return
	}
	count, errText := positive(args[2])
	prefix, size := []byte("key"), int64(0)
	if len(args) > 3 {
		prefix = args[3]
	}
	if len(args) > 4 && errText == "" {
		size, errText = positive(args[4])
	}
	if limit := s.srv.config.Int("proto-max-bulk-len"); size > limit && errText == "" {
		errText = reply.ErrStringTooLong
	}
	if errText != "" {
		w.Error(errText)
		return
	}
	u := &command.Unit{Client: s.id}
	setnx, db := s.srv.table.Named("setnx"), int(s.db.Load())
	for i := int64(0); i < count; i++ {
		value := strconv.AppendInt([]byte("value:"), i, 10)
		if size > 0 {
			value = append(value, make([]byte, max(size-int64(len(value)), 0))...)[:size]
		}
		key := strconv.AppendInt(append(bytes.Clone(prefix), ':'), i, 10)
		call := nodeCall(setnx, [][]byte{[]byte("SETNX"), key, value}, db)
		u.Calls = append(u.Calls, call)
		u.Bytes += argBytes(call.Args)
		if i < count-1 && len(u.Calls) < populateBatch && u.Bytes < populateBytes {
			continue
		}
		if s.srv.backend.OverMemory() {
			w.Error(reply.ErrOOM)
			return
		}
		if int64(u.Bytes) >= s.srv.backend.Room() {
			w.Error(reply.ErrNoRoom)
			return
		}
		if err := s.srv.backend.Write(u); err != nil {
			done(w, err)
			return
		}
		u = &command.Unit{Client: s.id}
	}
	w.OK()
}

// positive reads a count.
func positive(arg []byte) (n int64, errText string) {
	if n, ok := redisnum.ParseInt(arg); ok && n >= 0 {
		return n, ""
	}
	return 0, reply.ErrNotPositive
}

// encoding returns the encoding of a key's value; "" if there is no such key.
func (s *Session) encoding(key []byte) (string, error) {
	u := &command.Unit{Client: s.id}
	u.W.Proto = reply.RESP2
	u.Calls = []command.Call{nodeCall(s.srv.table.Named("object|encoding"),
		[][]byte{[]byte("OBJECT"), []byte("ENCODING"), key}, int(s.db.Load()))}
	if err := s.srv.backend.Read(u); err != nil {
		return "", err
	}
	return string(bulkText(u.W.Buf)), nil
}

// The structures that Redis prints on its standard output are not those that are here.
// They tell whether the key has such a value.

func debugListpackCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.printed(args[2], "Listpack", reply.ErrNotListpack, "listpack", "listpackex", w)
}

func debugQuicklistCommand(s *Session, args [][]byte, w *reply.Writer) {
	if len(args) > 4 {
		w.Error(reply.SubcommandSyntax("debug", args[1]))
		return
	}
	s.printed(args[2], "Quicklist", reply.ErrNotQuicklist, "quicklist", "", w)
}

func (s *Session) printed(key []byte, what, other, encoding, also string, w *reply.Writer) {
	switch got, err := s.encoding(key); {
	case err != nil:
		w.Error(failureText(err))
	case got == "":
		w.Error(reply.ErrNoSuchKey)
	case got != encoding && got != also:
		w.Error(other)
	default:
		s.srv.log.Info("DEBUG "+strings.ToUpper(what), "key", string(key), "encoding", got)
		w.Simple(what + " structure printed on stdout")
	}
}

func debugPackedThresholdCommand(_ *Session, args [][]byte, w *reply.Writer) {
	const most = 4<<30 - 1<<20
	if n, ok := options.ParseMemory(string(args[2])); !ok || n > most {
		w.Error(reply.ErrPackedThreshold)
		return
	}
	w.OK() // nodes of lists are no part of the state here
}

func debugReplybufferCommand(_ *Session, args [][]byte, w *reply.Writer) {
	switch strings.ToLower(string(args[2])) {
	case "peak-reset-time":
		option := strings.ToLower(string(args[3]))
		if _, ok := redisnum.ParseInt(args[3]); !ok && option != "never" && option != "reset" {
			w.Error(reply.ErrNotInteger)
			return
		}
	case "resizing":
	default:
		w.Error(reply.SubcommandSyntax("debug", args[1]))
		return
	}
	w.OK() // a reply buffer is as large as the replies
}

// debugOKCommand is for switches of Redis that its own tests throw, and that have
// nothing to switch here.
func debugOKCommand(_ *Session, _ [][]byte, w *reply.Writer) { w.OK() }
