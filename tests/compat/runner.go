package compat

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

const (
	untilTimeout = 5 * time.Second
	quietTime    = 50 * time.Millisecond
	maxScanCalls = 100_000
)

// followedVersion is the Redis that msredis is compared with. Where a later one
// answers otherwise, it answers as that: Step.Changed.
const followedVersion = "7.0.15"

// Target is a server, or a cluster of them, that scripts are run against.
type Target struct {
	Redis   bool   // the real one
	Product string // "redis", or "valkey" where that is the real one
	Version string // of Redis; for msredis the one it follows
	// Addrs are the nodes. A script's default client talks to the first one,
	// its other clients to the others in turn: the answers must not depend on
	// that.
	Addrs []string

	commands map[string]bool // which of the commands asked for so far exist
}

// Has reports whether the target has a command.
func (g *Target) Has(c *wire.Conn, name string) (bool, error) {
	if has, known := g.commands[name]; known {
		return has, nil
	}
	v, err := c.Do("COMMAND", "INFO", name)
	if err != nil {
		return false, err
	}
	if g.commands == nil {
		g.commands = map[string]bool{}
	}
	g.commands[name] = len(v.Elems) == 1 && !v.Elems[0].IsNil()
	return g.commands[name], nil
}

// speaks reports whether what Redis has since a version is expected here.
// msredis is expected to have all that scripts are written for.
func (g *Target) speaks(version string) bool {
	return version == "" || !g.Redis || !versionLess(g.Version, version)
}

func versionLess(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(as) && i < len(bs); i++ {
		x, _ := strconv.Atoi(as[i])
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return x < y
		}
	}
	return false
}

// unlike says why a script does not suit a real server, whose replies are others'
// than those that it has; "" if it does.
func (g *Target) unlike(s *Script) string {
	series := Server{g.Product, strings.Join(strings.SplitN(g.Version, ".", 3)[:2], ".")}
	switch {
	case !g.Redis:
	case s.Of != nil && *s.Of != series:
		return fmt.Sprintf("has replies of %s %s", s.Of.Product, s.Of.Version)
	case s.Of == nil && (series.Product != "redis" || !versionLess(series.Version, "8.0")):
		return "has replies of redis 7"
	}
	return ""
}

// Run runs a script. With record it notes the replies in the script instead of
// checking them; patterns that leave something open are checked all the same.
func (g *Target) Run(t *testing.T, s *Script, record bool) {
	t.Helper()
	r := &run{t: t, target: g, script: s, record: record, clients: map[string]*wire.Conn{}, vars: Vars{}}
	defer r.close()
	admin := r.dial(g.Addrs[0])
	defer admin.Close()
	if s.Only != "" && (s.Only == "redis") != g.Redis {
		t.Skipf("only for %s", s.Only)
	}
	if reason := g.unlike(s); reason != "" {
		t.Skip(reason)
	}
	if !g.speaks(s.Since) {
		t.Skipf("needs Redis %s", s.Since)
	}
	for _, name := range s.Needs {
		if !r.has(admin, name) {
			t.Skipf("the server has no %s yet", strings.ToUpper(name))
		}
	}
	r.reset(admin)
	for _, step := range s.Steps {
		if step.Only != "" && (step.Only == "redis") != g.Redis || !g.speaks(step.Since) ||
			step.Needs != "" && !r.has(admin, step.Needs) {
			continue
		}
		if err := r.step(step); err != nil {
			t.Fatalf("%s:%d: %s: %v", s.Path, step.Line, step.title(), err)
		}
	}
}

// reset empties a server that other scripts have used before.
func (r *run) reset(admin *wire.Conn) {
	if r.script.Server != nil {
		return
	}
	for _, cmd := range [][]string{{"FLUSHALL"}, {"CONFIG", "RESETSTAT"}} {
		if v, err := admin.Do(cmd...); err != nil || v.IsError() {
			r.t.Fatalf("%s before the script: %s %v", cmd, Format(v), err)
		}
	}
}

type run struct {
	t       *testing.T
	target  *Target
	script  *Script
	record  bool
	clients map[string]*wire.Conn
	vars    Vars
}

func (r *run) close() {
	for _, c := range r.clients {
		c.Close()
	}
}

func (r *run) dial(addr string) *wire.Conn {
	c, err := wire.Dial(addr)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *run) has(c *wire.Conn, name string) bool {
	has, err := r.target.Has(c, name)
	if err != nil {
		r.t.Fatal(err)
	}
	return has
}

func (r *run) client(name string) *wire.Conn {
	if c := r.clients[name]; c != nil {
		return c
	}
	node := 0
	if name != DefaultClient && !r.script.SameNode {
		node = (1 + len(r.clients)) % len(r.target.Addrs)
	}
	c := r.dial(r.target.Addrs[node])
	r.clients[name] = c
	return c
}

func (r *run) want(s *Step) []string {
	switch {
	case s.Divergence != "" && !r.target.Redis:
		return s.WantMS
	case s.Changed != "" && r.target.speaks(s.Changed):
		return s.WantNow
	}
	return s.Want
}

// records reports whether the replies to a step are taken from the server. One
// newer than the version that scripts are recorded from is asked for what that
// version does not say.
func (r *run) records(s *Step) bool {
	return r.record && (r.script.Of != nil || !versionLess(followedVersion, r.target.Version) || s.Since != "" || r.script.Since != "" || s.Changed != "" && r.target.speaks(s.Changed))
}

// check compares replies with what the step expects, or records them.
func (r *run) check(s *Step, got ...wire.Value) error {
	want := r.want(s)
	if r.records(s) && len(want) != len(got) {
		want = make([]string, len(got))
	}
	if len(want) != len(got) {
		r.differ(s, want, got)
		return nil
	}
	record := make([]string, len(got))
	for i, v := range got {
		var p *Pattern
		if want[i] != "" {
			var err error
			if p, err = ParsePattern(want[i]); err != nil {
				return err
			}
		}
		switch {
		case r.records(s) && (p == nil || !p.Open()):
			record[i] = p.Record(v)
		case !p.Match(v, r.vars):
			r.differ(s, want, got)
			return nil
		default:
			record[i] = want[i]
		}
	}
	switch {
	case !r.records(s):
	case s.Changed != "" && r.target.speaks(s.Changed):
		s.WantNow = record
	default:
		s.Want = record
	}
	return nil
}

func (r *run) differ(s *Step, want []string, got []wire.Value) {
	r.t.Helper()
	text := make([]string, len(got))
	for i, v := range got {
		text[i] = Format(v)
	}
	r.t.Errorf("%s:%d: %s\nwant %s\ngot  %s", r.script.Path, s.Line, s.title(),
		strings.Join(want, "\n     "), strings.Join(text, "\n     "))
}

// title is the step as it stands in the script, shortened.
func (s *Step) title() string {
	line := s.Client
	if len(s.Cmds) > 0 {
		line += "> " + s.Cmds[0]
	}
	if len(line) > 120 {
		line = line[:120] + "…"
	}
	return line
}
