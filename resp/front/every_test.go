package front

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// silentCommands are those that may send no reply, or none in time.
var silentCommands = map[string]bool{"client|reply": true, "shutdown": true, "client|pause": true, "debug|sleep": true}

// TestEveryCommandAnswersOnce calls every command of this package with a few
// arguments, in both protocols, and behind a data command.
func TestEveryCommandAnswersOnce(t *testing.T) {
	ts := newTestServer(t)
	ts.backend.view = threeMembers()
	for _, row := range Rows() {
		full := strings.TrimPrefix(row.Container+"|"+row.Name, "|")
		if silentCommands[full] {
			continue
		}
		name := strings.ReplaceAll(full, "|", " ")
		for _, args := range []string{"", " x", " 1", " x 1", " 1 0", " 1 x 1", " x x x x"} {
			for _, hello := range []string{"HELLO 2", "HELLO 3"} {
				c := ts.connect(t)
				c.pipeline(hello)
				cmds := [][][]byte{words(t, "SET a 1"), words(t, name+args), words(t, "GET a")}
				replies, last := c.serve(cmds, time.Now())
				want := len(cmds)
				if last {
					want--
				}
				if strings.HasSuffix(name, "subscribe") { // a confirmation for each name
					want += max(len(cmds[1])-2, 0)
				}
				n := 0
				for rest := replies; len(rest) > 0; n++ {
					rest = rest[reply.Len(rest):]
				}
				if n != want {
					t.Errorf("%s, %s%s: %d replies, want %d: %q", hello, name, args, n, want, replies)
				}
				c.session.Closed()
			}
		}
	}
}

func TestInfoSections(t *testing.T) {
	ts := newTestServer(t)
	ts.backend.info.DB = map[int]DBInfo{3: {Keys: 5, Expires: 2, AvgTTL: 1000}, 0: {Keys: 1}}
	c := ts.connect(t)
	titles := func(info string) string {
		var list []string
		for line := range strings.SplitSeq(info, "|") {
			if title, ok := strings.CutPrefix(line, "# "); ok {
				list = append(list, title)
			}
		}
		return strings.Join(list, " ")
	}
	const usual = "Server Clients Memory Persistence Stats Replication CPU Raft Modules Errorstats Cluster Keyspace"
	const all = "Server Clients Memory Persistence Stats Replication CPU Raft Modules Commandstats Errorstats Latencystats Cluster Keyspace"
	for args, want := range map[string]string{
		"": usual, "default": usual, "all": all, "Everything": all, "cpu": "CPU", "raft SERVER": "Server Raft",
		"default commandstats": strings.Replace(usual, "Modules", "Modules Commandstats", 1), "nosuch": "",
	} {
		if got := titles(c.pipeline("INFO " + args)); got != want {
			t.Errorf("INFO %s: got %s, want %s", args, got, want)
		}
	}
	c.want("$135|# Cluster|cluster_enabled:0||# Keyspace|db0:keys=1,expires=0,avg_ttl=0,subexpiry=0|db3:keys=5,expires=2,avg_ttl=1000,subexpiry=0||",
		"INFO keyspace cluster")
}

// FuzzServe sends any commands in one pipeline: each gets one reply.
func FuzzServe(f *testing.F) {
	scripts, err := filepath.Glob("testdata/redis/*.txt")
	if err != nil || len(scripts) == 0 {
		f.Fatal("no scripts", err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for block := range strings.SplitSeq(string(text), "\n\n") {
			input, _, _ := strings.Cut(block, "\n----")
			_, input, _ = strings.Cut(input, "\n")
			f.Add(input)
		}
	}
	f.Fuzz(func(t *testing.T, input string) {
		ts := newTestServer(t)
		if err := ts.config.LoadArgs([]string{"--enable-debug-command", "no"}); err != nil {
			t.Fatal(err)
		}
		c := ts.connect(t)
		var cmds [][][]byte
		for line := range strings.SplitSeq(input, "\n") {
			var args [][]byte
			for word := range strings.FieldsSeq(line) {
				args = append(args, []byte(word))
			}
			if len(args) == 0 {
				continue
			}
			if cmd, _ := ts.table.Resolve(args); cmd != nil && (silentCommands[cmd.FullName] || cmd.Name == "wait" || cmd.Name == "waitaof") {
				continue
			}
			cmds = append(cmds, args)
		}
		replies, last := c.serve(cmds, time.Now())
		n := 0
		for rest := replies; len(rest) > 0; n++ {
			rest = rest[reply.Len(rest):]
		}
		if n != len(cmds) && !last {
			t.Errorf("%d replies to %d commands: %q", n, len(cmds), fmt.Sprintf("%.2000s", replies))
		}
	})
}
