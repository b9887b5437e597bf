package importer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/rdb"
)

// How many keys are asked for at once follows from the size of those before, so
// that the replies to come are about askBytes.
const (
	askBytes = 4 << 20
	askMax   = 256
	askFirst = 16
)

// source is a running server that is read.
type source struct {
	conn *conn
	ask  int // keys at once
	// dated: the server tells dates (PEXPIRETIME, since Redis 7.0). Without it a
	// deadline is as exact as the time between its answer and our clock.
	dated bool
}

// fromServer imports all databases of a running server.
func (s *sink) fromServer(from Server) error {
	c, err := dial(from)
	if err != nil {
		return fmt.Errorf("source %w", err)
	}
	defer c.close()
	src := &source{conn: c, ask: askFirst}
	if !s.replace {
		s.taken = map[uint64]struct{}{}
	}
	if r, err := src.do("PEXPIRETIME", ""); err == nil {
		_, err = r.int()
		src.dated = err == nil
	}
	databases, keys, err := src.databases()
	if err != nil {
		return src.failed(err)
	}
	if keys > 0 {
		s.progress.done = func() float64 {
			return float64(s.sum.Keys+s.sum.Existing+s.sum.Expired+s.sum.Left) / float64(keys)
		}
	}
	for _, db := range databases {
		if err := src.database(db, s.put); err != nil {
			return src.failed(err)
		}
	}
	for _, name := range src.functions() {
		s.sum.leave("function library " + name)
	}
	return nil
}

// failed says that an error is about the source, unless it is known to be about
// the target.
func (src *source) failed(err error) error {
	if errors.As(err, new(targetError)) {
		return err
	}
	return fmt.Errorf("source %s: %w", src.conn.addr, err)
}

func (src *source) do(args ...string) (reply, error) { return src.conn.do(words(args)...) }

// databases returns those that have keys, and how many keys there are in all.
func (src *source) databases() (list []int, keys int, err error) {
	r, err := src.do("INFO", "keyspace")
	if err != nil {
		return nil, 0, err
	}
	for line := range strings.SplitSeq(string(r.text), "\r\n") {
		name, figures, ok := strings.Cut(line, ":keys=")
		db, err := strconv.Atoi(strings.TrimPrefix(name, "db"))
		if !ok || err != nil || !strings.HasPrefix(name, "db") {
			continue
		}
		count, _, _ := strings.Cut(figures, ",")
		n, err := strconv.Atoi(count)
		if err != nil {
			return nil, 0, errProtocol
		}
		list, keys = append(list, db), keys+n
	}
	return list, keys, nil
}

// database hands all keys of a database to put.
func (src *source) database(db int, put func(k *key) error) error {
	if _, err := src.do("SELECT", strconv.Itoa(db)); err != nil {
		return err
	}
	for cursor := "0"; ; {
		r, err := src.do("SCAN", cursor, "COUNT", strconv.Itoa(askMax))
		if err != nil {
			return err
		}
		if len(r.elems) != 2 {
			return errProtocol
		}
		for keys := r.elems[1].elems; len(keys) > 0; {
			n := min(src.ask, len(keys))
			if err := src.values(db, keys[:n], put); err != nil {
				return err
			}
			keys = keys[n:]
		}
		if cursor = string(r.elems[0].text); cursor == "0" {
			return nil
		}
	}
}

// values asks for the values of keys and hands them to put.
func (src *source) values(db int, keys []reply, put func(k *key) error) error {
	ask := "PTTL"
	if src.dated {
		ask = "PEXPIRETIME"
	}
	for i := range keys {
		src.conn.add([]byte(ask), keys[i].text)
		src.conn.add([]byte("DUMP"), keys[i].text)
	}
	if err := src.conn.send(); err != nil {
		return err
	}
	total, now := 0, int64(0)
	for i := range keys {
		ttl, err := src.conn.read()
		if err != nil {
			return fmt.Errorf("%s: %w", ask, err)
		}
		ms, err := ttl.int()
		if err != nil {
			return errProtocol
		}
		if i == 0 {
			now = time.Now().UnixMilli()
		}
		dump, err := src.conn.read()
		if err != nil {
			return fmt.Errorf("DUMP: %w", err)
		}
		if dump.null || ms == -2 {
			continue // gone in the meantime
		}
		value, ok := rdb.Cut(dump.text)
		if !ok {
			return errors.New("DUMP: not a payload that this program can read")
		}
		k := &key{db: db, name: keys[i].text, value: value, idle: -1}
		switch {
		case ms >= 0 && src.dated:
			k.deadline = ms
		case ms >= 0:
			k.deadline = now + max(ms, 1)
		}
		total += len(value)
		if err := put(k); err != nil {
			return err
		}
	}
	src.ask = min(max(askBytes/max(total/len(keys), 1), 1), askMax)
	return nil
}

// functions returns the names of libraries of functions. A server that has none,
// or does not tell, is none the worse for it.
func (src *source) functions() (names []string) {
	r, err := src.do("FUNCTION", "LIST")
	if err != nil {
		return nil
	}
	for _, library := range r.elems {
		for i := 0; i+1 < len(library.elems); i += 2 {
			if string(library.elems[i].text) == "library_name" {
				names = append(names, string(library.elems[i+1].text))
			}
		}
	}
	return names
}
