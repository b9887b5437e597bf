package importer

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/rdb"
)

// fake is a server that answers commands with what answer returns; an empty
// answer closes the connection.
func fake(t *testing.T, answer func(args []string) string) Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go serve(nc, answer)
		}
	}()
	return Server{Addr: l.Addr().String()}
}

func serve(nc net.Conn, answer func(args []string) string) {
	defer nc.Close()
	c := newConn(nc, "")
	for {
		r, err := c.read()
		if err != nil {
			return
		}
		args := make([]string, len(r.elems))
		for i, e := range r.elems {
			args[i] = string(e.text)
		}
		out := answer(args)
		if out == "" {
			return
		}
		if _, err := io.WriteString(nc, out); err != nil {
			return
		}
	}
}

func payload(s string) string {
	e := rdb.NewEncoder(rdb.TypeString)
	e.Bytes([]byte(s))
	return string(e.Payload())
}

func bulk(s string) string { return string(appendCommand(nil, []byte(s))[len("*1\r\n"):]) }

// sourceOf answers as a Redis that has these keys, which SCAN gives twice.
func sourceOf(keys ...string) func(args []string) string {
	return func(args []string) string {
		switch args[0] {
		case "INFO":
			return bulk("# Keyspace\r\ndb3:keys=2,expires=0,avg_ttl=0\r\n")
		case "SCAN":
			var list [][]byte
			for _, k := range append(keys, keys...) {
				list = append(list, []byte(k))
			}
			return "*2\r\n$1\r\n0\r\n" + string(appendCommand(nil, list...))
		case "PTTL":
			return ":-1\r\n"
		case "DUMP":
			switch args[1] {
			case "gone":
				return "$-1\r\n"
			case "module":
				return bulk(string(rdb.AppendFooter([]byte("\x07\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 99)))
			}
			return bulk(payload("value of " + args[1]))
		case "FUNCTION":
			return "*1\r\n" + string(appendCommand(nil, []byte("library_name"), []byte("lib")))
		}
		return "+OK\r\n"
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	have := map[string]bool{"there": true}
	to := fake(t, func(args []string) string {
		switch {
		case args[0] != "RESTORE":
		case args[1] == "bad":
			return "-ERR Bad data format\r\n"
		case have[args[1]]:
			return "-BUSYKEY Target key name already exists.\r\n"
		default:
			have[args[1]] = true
		}
		return "+OK\r\n"
	})
	sum, err := Run(Options{From: fake(t, sourceOf("a", "b", "gone", "there", "bad", "module")), To: to})
	var out bytes.Buffer
	sum.Write(&out)
	if !errors.Is(err, ErrIncomplete) || sum.Keys != 2 || sum.Databases[3] != 2 {
		t.Errorf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"imported 2 keys", "database 3: 2 keys", `key "there" in database 3`, `key "bad" in database 3: the target cannot read this string`,
		"value of module AAAAAAAAA", "function library lib"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), `"a"`) {
		t.Errorf("a key that SCAN gives twice is said to exist:\n%s", out.String())
	}
}

// TestStopped: an import that cannot go on says at which end and why.
func TestStopped(t *testing.T) {
	t.Parallel()
	ok := func([]string) string { return "+OK\r\n" }
	on := func(command, answer string, otherwise func([]string) string) func([]string) string {
		return func(args []string) string {
			if args[0] == command {
				return answer
			}
			return otherwise(args)
		}
	}
	good := sourceOf("k")
	for name, c := range map[string]struct {
		from, to func([]string) string
		want     string
	}{
		"target is full":         {good, on("RESTORE", "-OOM command not allowed\r\n", ok), `key "k" in database 3: OOM`},
		"target has no database": {good, on("SELECT", "-ERR DB index is out of range\r\n", ok), "DB index"},
		"target goes":            {good, on("RESTORE", "", ok), "closed the connection"},
		"target is no Redis":     {good, on("PING", "HTTP/1.1 400 Bad Request\r\n", ok), "does not speak"},
		"source goes":            {on("DUMP", "", good), ok, "closed the connection"},
		"source refuses":         {on("DUMP", "-NOPERM no\r\n", good), ok, "DUMP: NOPERM"},
		"source sends nonsense":  {on("DUMP", "$5\r\nhello\r\n", good), ok, "not a payload"},
		"endless reply":          {on("DUMP", "$99999999999\r\n", good), ok, "does not speak"},
		"endless list":           {on("SCAN", "*99999999999\r\n", good), ok, "does not speak"},
		"deep list":              {on("SCAN", strings.Repeat("*1\r\n", 50), good), ok, "does not speak"},
		"SCAN of another kind":   {on("SCAN", ":1\r\n", good), ok, "does not speak"},
		"PTTL of another kind":   {on("PTTL", "+x\r\n", good), ok, "does not speak"},
		"no INFO":                {on("INFO", "-NOPERM no\r\n", good), ok, "NOPERM"},
	} {
		_, err := Run(Options{From: fake(t, c.from), To: fake(t, c.to)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if end := "target "; err != nil && strings.HasPrefix(name, "target") != strings.HasPrefix(err.Error(), end) {
			t.Errorf("%s: the wrong end: %v", name, err)
		}
	}
}

// TestPieces: a large value is made piece by piece, under another name.
func TestPieces(t *testing.T) {
	t.Parallel()
	e := rdb.NewEncoder(rdb.TypeSet)
	const n = 200_000
	e.Len(n)
	for i := range n {
		e.Bytes([]byte{byte(i), byte(i >> 8), byte(i >> 16), 'a', 'b', 'c'})
	}
	p := e.Payload()
	file := append([]byte("REDIS0010\x00\x03key"), p[1:len(p)-10]...)
	file[9] = byte(rdb.TypeSet)
	file = append(append(file, 0xff), make([]byte, 8)...)
	path := filepath.Join(t.TempDir(), "dump.rdb")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	members, largest, renamed := 0, 0, ""
	to := fake(t, func(args []string) string {
		switch args[0] {
		case "SADD":
			members += len(args) - 2
			largest = max(largest, len(args))
		case "RENAMENX":
			renamed = strings.Join(args[1:], " -> ")
			return ":1\r\n"
		}
		return "+OK\r\n"
	})
	var progress bytes.Buffer
	sum, err := Run(Options{File: path, To: to, Progress: &progress})
	if err != nil || sum.Keys != 1 || members != n || largest > pieceElements+2 || renamed != "msredis-import:key -> key" {
		t.Errorf("%v: %d keys, %d members, %d in a command, renamed %s", err, sum.Keys, members, largest, renamed)
	}
}
