package options

import (
	"strings"
	"testing"
	"time"
)

// Every row has to be able to stand in the table: a default that parses, a
// name of its own, and for our own options words for --help.
func TestRows(t *testing.T) {
	t.Parallel()
	s := New()
	names := map[string]bool{}
	for _, row := range s.rows {
		for _, name := range []string{row.Name, row.Alias} {
			if name == "" {
				continue
			}
			if names[name] {
				t.Errorf("%s: in the table twice", name)
			}
			names[name] = true
			if name != strings.ToLower(name) {
				t.Errorf("%s: names are lower case", name)
			}
		}
		if row.Kind != Bool && row.Kind != Text && row.Kind != Enum && row.Min >= row.Max {
			t.Errorf("%s: no value between %d and %d", row.Name, row.Min, row.Max)
		}
		if row.Kind == Enum && len(row.Enum) == 0 {
			t.Errorf("%s: an Enum without words", row.Name)
		}
		if (row.Effect != Ignored) != (row.Doc != "") {
			t.Errorf("%s: a Doc is for the options that mean something, and for all of them", row.Name)
		}
		if strings.HasSuffix(row.Doc, ".") {
			t.Errorf("%s: the Doc is one line without a full stop", row.Name)
		}
	}
	for i := range table {
		if indexOf(groups, table[i].Group) < 0 {
			t.Errorf("%s: group %q is not printed by --help", table[i].Name, table[i].Group)
		}
	}
}

func TestGetters(t *testing.T) {
	t.Parallel()
	s := New()
	if got := s.Int("port"); got != 6379 {
		t.Errorf("port = %d", got)
	}
	if got := s.Int("proto-max-bulk-len"); got != 512<<20 {
		t.Errorf("proto-max-bulk-len = %d", got)
	}
	if got := s.Duration("election-timeout"); got != time.Second {
		t.Errorf("election-timeout = %v", got)
	}
	if s.Bool("metrics-pprof") {
		t.Error("metrics-pprof = yes")
	}
	if got := s.String("dir"); got != "./data" {
		t.Errorf("dir = %q", got)
	}
	if got := s.Words("bind"); len(got) != 1 || got[0] != "127.0.0.1" {
		t.Errorf("bind = %q", got)
	}
	if got := s.Nodes(); got != nil {
		t.Errorf("initial-cluster = %v", got)
	}
	if got := s.Without(); got != nil {
		t.Errorf("found-without = %v", got)
	}
	if got := s.Agreed(); len(got) != 2 || got["databases"] != "16" || got["groups"] != "1" {
		t.Errorf("all nodes have to have alike: %v", got)
	}
	normal, replica, pubsub := s.OutputLimits()
	if normal != (OutputLimit{}) || replica != (OutputLimit{256 << 20, 64 << 20, 60}) || pubsub != (OutputLimit{32 << 20, 8 << 20, 60}) {
		t.Errorf("client-output-buffer-limit = %v %v %v", normal, replica, pubsub)
	}

	limit, pass := s.Number("maxclients"), s.Text("requirepass")
	if err := s.Change([]Pair{{"MaxClients", "7"}, {"requirepass", "a b"}}); err != nil {
		t.Fatal(err)
	}
	if limit.Load() != 7 || pass.Load() != "a b" {
		t.Errorf("handles show %d and %q", limit.Load(), pass.Load())
	}
}

// A span of time that is too long to be counted in nanoseconds stays a long one.
func TestLongestDuration(t *testing.T) {
	t.Parallel()
	s := New()
	for _, name := range []string{"slowlog-log-slower-than", "latency-monitor-threshold"} {
		if err := s.Change([]Pair{{name, "9223372036854775807"}}); err != nil {
			t.Fatal(err)
		}
		if got := s.Duration(name); got != 1<<63-1 {
			t.Errorf("%s = %v", name, got)
		}
	}
}

func TestUnknownNamePanics(t *testing.T) {
	t.Parallel()
	s := New()
	for name, ask := range map[string]func(){
		"not in the table":   func() { s.Int("ports") },
		"of another kind":    func() { s.Bool("port") },
		"not a span of time": func() { s.Duration("port") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			ask()
		}()
	}
}

func TestParseMemory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"1024", 1024, true}, {"1b", 1, true}, {"1k", 1000, true}, {"1KB", 1024, true},
		{"2m", 2000000, true}, {"512mb", 512 << 20, true}, {"1g", 1000000000, true}, {"1Gb", 1 << 30, true},
		{"9223372036854775807", maxInt64, true}, {"9223372036854775808", 0, false}, {"9007199254740992kb", 0, false},
		{"", 0, false}, {"kb", 0, false}, {"-1", 0, false}, {"1 kb", 0, false}, {"1tb", 0, false}, {"1.5gb", 0, false},
	} {
		got, ok := ParseMemory(c.in)
		if got != c.want || ok != c.ok {
			t.Errorf("ParseMemory(%q) = %d, %v; want %d, %v", c.in, got, ok, c.want, c.ok)
		}
		if ok {
			if again, _ := ParseMemory(formatMemory(got)); again != got {
				t.Errorf("formatMemory(%d) = %q", got, formatMemory(got))
			}
		}
	}
}
