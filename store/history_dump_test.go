package store_test

import (
	"bytes"

	"github.com/msredis/msredis/resp/command"
)

// restore copies a key the long way, with DUMP and RESTORE; now and then the
// payload is damaged.
func (w *writer) restore(db int) command.Call {
	u := unit([]command.Call{call(w.rng.Intn(2), "dump", w.key())}, false)
	w.s.Read(u)
	_, payload, _ := bytes.Cut(u.W.Buf, []byte("\r\n"))
	payload = bytes.TrimSuffix(payload, []byte("\r\n"))
	if len(payload) > 0 && w.rng.Intn(10) == 0 {
		payload[w.rng.Intn(len(payload))]++
	}
	switch w.rng.Intn(3) {
	case 0:
		return call(db, "restore", w.key(), w.rng.Intn(300), payload)
	case 1:
		return call(db, "restore", w.key(), w.now+int64(w.rng.Intn(400))-100, payload, "absttl", "replace")
	}
	return call(db, "restore", w.key(), 0, payload, "replace", "idletime", w.rng.Intn(100))
}
