package options

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/quoted"
)

// write makes a file in a directory of the test and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadArgs(t *testing.T) {
	t.Parallel()
	conf := write(t, "a.conf", "# comment\n\n  port 7000\r\nrequirepass \"a b\"\nBIND 10.0.0.1 ::1\n")
	for _, c := range []struct {
		args string // words, '|' between them
		want map[string]string
	}{
		{"", map[string]string{"port": "6379"}},
		{conf, map[string]string{"port": "7000", "requirepass": "a b", "bind": "10.0.0.1 ::1"}},
		{conf + "|--port|7001|--loglevel|DEBUG", map[string]string{"port": "7001", "loglevel": "debug"}},
		{"--Port|7001|--bind|*|-::*|--maxmemory|1gb", map[string]string{"port": "7001", "bind": "* -::*", "maxmemory": "1073741824"}},
		{"--save", map[string]string{"save": ""}},
		{"--save|--port|7001", map[string]string{"save": "", "port": "7001"}},
		{"--save|900|1|--save|300|10", map[string]string{"save": "900 1 300 10"}},
		{"--save|900|1|--save|", map[string]string{"save": ""}},
		{"--requirepass|--secret|--port|7001", map[string]string{"requirepass": "--secret", "port": "7001"}},
		{"--cluster-port|17000", map[string]string{"peer-port": "17000", "cluster-port": "17000"}},
		{"--initial-cluster|n1=h:1,n2=[::1]:2", map[string]string{"initial-cluster": "n1=h:1,n2=[::1]:2"}},
		{"--client-output-buffer-limit|normal|1kb|0|0|replica|2kb|1kb|9", map[string]string{
			"client-output-buffer-limit": "normal 1024 0 0 slave 2048 1024 9 pubsub 33554432 8388608 60"}},
		{"--maxmemory-policy|noeviction|--replicaof|no|one|--appendonly|no", map[string]string{
			"maxmemory-policy": "noeviction", "replicaof": "", "appendonly": "yes"}},
		{"--notify-keyspace-events|Kxg$lshzetd|--maxmemory-clients|5%", map[string]string{
			"notify-keyspace-events": "AK", "maxmemory-clients": "5%"}},
	} {
		s := New()
		var args []string
		if c.args != "" {
			args = strings.Split(c.args, "|")
		}
		if err := s.LoadArgs(args); err != nil {
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		for name, want := range c.want {
			if got := s.Get(name); len(got) != 1 || got[0].Value != want {
				t.Errorf("%s: %s = %q, want %q", c.args, name, got, want)
			}
		}
	}
}

func TestLoadArgsErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"--foo|bar", "option --foo bar: Bad directive or wrong number of arguments"},
		{"--port", "option --port: wrong number of arguments"},
		{"--port|1|2", "option --port 1 2: wrong number of arguments"},
		{"--port|x", "option --port x: argument couldn't be parsed into an integer"},
		{"--port|65536", "option --port 65536: argument must be between 0 and 65535 inclusive"},
		{"--port|6379|stray", "option --port 6379 stray: wrong number of arguments"},
		{"--requirepass|a|b", "option --requirepass: wrong number of arguments"},
		{"--bind|", "option --bind : at least one address is needed"},
		{"--dir|", "option --dir : argument must not be empty"},
		{"--node-name|a b", "option --node-name a b: a node name consists of letters, digits, '-', '_' and '.'"},
		{"--join|nowhere", "option --join nowhere: 'nowhere' is not host:port"},
		{"--initial-cluster|n1", "option --initial-cluster n1: 'n1' is not name=host:port"},
		{"--found-without|n1,", "option --found-without n1,: '': a node name has 1 to 64 characters"},
		{"--initial-cluster|n1=h:1,n1=h:2", "option --initial-cluster n1=h:1,n1=h:2: 'n1=h:2' is there twice"},
		{"--user|foo|--user|bar|--user|foo|off", "option --user: Error in user declaration 'foo': Duplicate user found. A user can only be defined once in config files"},
		{"--replicaof|h|1", "option --replicaof h 1: not supported: nodes are joined with initial-cluster or join"},
		{"/nowhere/x.conf", "can't open config file '/nowhere/x.conf': no such file or directory"},
		{"--include|/nowhere/x.conf", "option --include /nowhere/x.conf: can't open config file '/nowhere/x.conf': no such file or directory"},
	} {
		err := New().LoadArgs(strings.Split(c.args, "|"))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.args, err, c.want)
		}
	}
}

func TestLoadFileErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"port 1\nrequirepass \"abc\n", ":2: 'requirepass': Unbalanced quotes in configuration line"},
		{"\nmaxclients 1 # hi\n", ":2: 'maxclients 1 # hi': wrong number of arguments"},
		{"rename-command FLUSHALL\n", ":1: 'rename-command FLUSHALL': Bad directive or wrong number of arguments"},
		{"include /nowhere\n", ":1: can't open config file '/nowhere': no such file or directory"},
	} {
		path := write(t, "bad.conf", c.text)
		err := New().LoadFile(path)
		if err == nil || err.Error() != path+c.want {
			t.Errorf("%q:\n got %v\nwant %s%s", c.text, err, path, c.want)
		}
	}
	loop := write(t, "loop.conf", "")
	if err := os.WriteFile(loop, []byte("include "+loop), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New().LoadFile(loop); err == nil || !strings.Contains(err.Error(), "include each other") {
		t.Errorf("a file that includes itself: %v", err)
	}
}

func TestInclude(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.conf": "port 1\ninclude " + dir + "/d/*.conf\ninclude " + dir + "/none/*.conf\ntimeout 9\n",
		"d/1.conf":  "port 2\ntimeout 1\n",
		"d/2.conf":  "port 3\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := New()
	if err := s.LoadFile(filepath.Join(dir, "main.conf")); err != nil {
		t.Fatal(err)
	}
	if s.Int("port") != 3 || s.Int("timeout") != 9 {
		t.Errorf("port %d, timeout %d", s.Int("port"), s.Int("timeout"))
	}
}

// The file that Debian installs starts a node, and says what it leaves out.
func TestDebianConf(t *testing.T) {
	t.Parallel()
	s := New()
	if err := s.LoadFile("testdata/debian.conf"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"option daemonize yes has no effect: the server stays in the foreground; leave the background to systemd or a container",
		"option appendonly no has no effect: every write is in the log before it is answered",
		"option appendfsync everysec has no effect: a write is synced on a majority before it is answered",
	}
	if got := s.Notes(); !slices.Equal(got, want) {
		t.Errorf("notes:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := s.String("dir"); got != "/var/lib/redis" {
		t.Errorf("dir = %q", got)
	}
}

// So does the one that is installed here, if there is one and it may be read.
func TestInstalledConf(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/etc/redis/redis.conf", "/etc/valkey/valkey.conf"} {
		if _, err := os.ReadFile(path); err != nil {
			continue
		}
		if err := New().LoadFile(path); err != nil {
			t.Error(err)
		}
	}
}

// TestDirectives: each directive of Redis 7.4, Valkey 8 and the file that Debian
// installs is an option, or is refused with a reason; so is what those files have
// commented out.
func TestDirectives(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/directives.txt")
	if err != nil {
		t.Fatal(err)
	}
	s, n := New(), 0
	for line := range strings.Lines(string(text)) {
		name, from, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "#" {
			continue
		}
		n++
		if _, known := s.lookup(name); known || name == "include" || name == "rename-command" || name == userDirective || indexOf(forgotten, name) >= 0 || refusedDirectives[name] != "" {
			continue
		}
		t.Errorf("%s (%s) is unknown", name, from)
	}
	if n < 230 {
		t.Errorf("only %d directives", n)
	}
}

// A file in which every option stands with its default starts a node.
func TestAllDefaults(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	all := New()
	for _, row := range all.rows {
		if text := *all.byName[row.Name].text.Load(); row.Multi && text != "" {
			b.WriteString(row.Name + " " + text + "\n")
		} else if !row.Multi {
			b.WriteString(row.Name + " " + string(quoted.Append(nil, []byte(text))) + "\n")
		}
	}
	s := New()
	if err := s.LoadFile(write(t, "all.conf", b.String())); err != nil {
		t.Fatal(err)
	}
	if got := s.Notes(); len(got) > 0 {
		t.Errorf("notes: %q", got)
	}
}
