package compat

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store"
)

var aclCount = flag.Int("acl.count", 100, "users to compare")

// aclRules are rules that mean something beside the names of commands, and some that do
// not. Left out is what ends redis-server 7.0 ("%~x").
var aclRules = strings.Fields(`on off nopass resetpass reset clearselectors allkeys resetkeys allchannels resetchannels
	allcommands nocommands skip-sanitize-payload sanitize-payload ON ResetKeys >p >q <p <q !x #ABC
	#148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940 !148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940
	~s ~s ~n ~n ~[lst] ~h* ~? ~z ~*x ~* ~ %R~s %R~n %R~g %R~* %W~n %W~z %W~x %wr~l %rW~t %RR~x %X~a %R %RW
	&v &v &c* &? & &* +@all -@all +@read -@read +@write -@write +@admin -@dangerous +@fast -@slow +@connection +@pubsub
	+@nosuch -@ +nosuch + - +config|get -config|set +config -config +config|get|x +config|nosuch +config| -config| +CLIENT|ID
	+select|0 +select|1 +select|0 +debug|object -select|0 +select| -debug +get|s +set|n +|
	(+get_~s) (~n_+@write) (%R~*_+@read_-get) (&v_+publish_+subscribe) (+@all_allkeys_allchannels) () (+nosuch) (~*_~s) (on) (+select|0)
	( (~s (+@string +get) ) x ~*) on) nosuch`)

// aclRule returns a rule. In the list a '_' stands for the spaces of one argument.
func aclRule(rnd *rand.Rand, commands []string) string {
	if rnd.IntN(3) == 0 {
		return []string{"+", "-"}[rnd.IntN(2)] + commands[rnd.IntN(len(commands))]
	}
	return strings.ReplaceAll(aclRules[rnd.IntN(len(aclRules))], "_", " ")
}

// aclRuleList returns the rules of an ACL SETUSER. No parenthesis is opened in another
// one: Redis 7.0 forgets the first one then.
func aclRuleList(rnd *rand.Rand, commands []string) []string {
	var rules []string
	open := false
	for range 1 + rnd.IntN(6) {
		rule := aclRule(rnd, commands)
		if open && strings.HasPrefix(rule, "(") {
			continue
		}
		open = (open || strings.HasPrefix(rule, "(")) && !strings.HasSuffix(rule, ")")
		rules = append(rules, rule)
	}
	return rules
}

// aclDuel compares package acl with a real server.
type aclDuel struct {
	t      *testing.T
	redis  *wire.Conn
	table  *command.Table
	book   *acl.Rulebook
	groups map[string]string // of the commands that both have
	syntax Syntax
	seed   uint64
}

// newTable returns the commands of msredis.
func newTable(t *testing.T) *command.Table {
	var specs []command.Spec
	for _, row := range store.Rows() {
		specs = append(specs, row.Spec)
	}
	table, err := command.NewTable(front.Specs(), specs)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func newACLDuel(t *testing.T, options ...string) *aclDuel {
	skipWhenRecording(t)
	redis := testcluster.StartRedis(t, options...)
	table := newTable(t)
	d := &aclDuel{t: t, table: table, book: acl.NewRulebook(table), redis: dialThree(t, redis.Addr), syntax: readSyntax(t, redis.Addr), seed: *randomSeed}
	docs := d.do("COMMAND", "DOCS")
	d.groups = badCommands(docs)
	maps.DeleteFunc(d.groups, func(name, _ string) bool { return table.Named(strings.ReplaceAll(name, " ", "|")) == nil })
	if d.seed == 0 {
		d.seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-random.seed=%d -acl.count=%d", d.seed, *aclCount)
	return d
}

func (d *aclDuel) do(words ...string) wire.Value {
	d.t.Helper()
	v, err := d.redis.Do(words...)
	if err != nil {
		d.t.Fatalf("%q: %v", words, err)
	}
	return v
}

// TestRandomACL gives users random rules, here and on a real server. Errors, what ACL
// GETUSER and ACL LIST show, and what the user may do are the same.
func TestRandomACL(t *testing.T) {
	t.Parallel()
	d := newACLDuel(t)
	rnd := rand.New(rand.NewPCG(d.seed, 7))
	names := slices.Sorted(maps.Keys(d.groups))
	commands := make([]string, len(names))
	for i, name := range names {
		commands[i] = strings.ReplaceAll(name, " ", "|")
	}
	denied, allowed, failed := 0, 0, 0
	for range *aclCount {
		d.do("ACL", "DELUSER", "alice")
		u := acl.New("alice", d.book, false)
		var history []string
		for range 1 + rnd.IntN(4) {
			rules := append([]string{"sanitize-payload"}, aclRuleList(rnd, commands)...)
			if rnd.IntN(2) == 0 {
				rules = append(rules, "+@all") // so that more depends on the keys
			}
			history = append(history, fmt.Sprintf("%q", rules))
			next, err := u.With(words(rules), d.book, false)
			reply := d.do(append([]string{"ACL", "SETUSER", "alice"}, rules...)...)
			if got := errorText(err); got != strings.TrimPrefix(reply.Text, "OK") {
				t.Fatalf("seed %d: %s\nwant %s\ngot  %s", d.seed, strings.Join(history, "\n"), reply.Text, got)
			}
			if err != nil {
				failed++
				continue
			}
			u = next
		}
		if diff := d.sameUser(u); diff != "" {
			t.Fatalf("seed %d: %s\n%s\n%s", d.seed, strings.Join(history, "\n"), u.Line(), diff)
		}
		for range 20 {
			name := names[rnd.IntN(len(names))]
			ok, diff := d.sameRight(u, rnd, name)
			if diff != "" {
				t.Fatalf("seed %d: %s\n%s\n%s", d.seed, strings.Join(history, "\n"), u.Line(), diff)
			}
			if ok {
				allowed++
			} else {
				denied++
			}
		}
	}
	if t.Logf("%d allowed, %d denied, %d errors", allowed, denied, failed); allowed < *aclCount || denied < *aclCount || failed == 0 {
		t.Error("too few of one of them")
	}
}

func words(list []string) (out [][]byte) {
	for _, w := range list {
		out = append(out, []byte(w))
	}
	return out
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// sameUser compares what ACL GETUSER shows. Redis 7.0 derives the rules about commands
// from what they allow, so a second user gets those that u shows. The real server then
// says whether the two users are equal.
func (d *aclDuel) sameUser(u *acl.User) string {
	real := d.do("ACL", "GETUSER", "alice")
	if real.IsNil() { // each of its rules was an error
		d.do("ACL", "SETUSER", "alice", "sanitize-payload")
		real = d.do("ACL", "GETUSER", "alice")
	}
	own, selectors := u.Rights()
	got := append([]string{strings.Join(u.Flags(), " "), strings.Join(u.Passwords(), " ")}, own.Keys, own.Channels)
	want := []string{strings.Join(field(real, "flags").Strings(), " "), strings.Join(field(real, "passwords").Strings(), " "),
		field(real, "keys").Text, field(real, "channels").Text}
	for _, s := range selectors {
		got = append(got, s.Keys, s.Channels)
	}
	for _, s := range field(real, "selectors").Elems {
		want = append(want, field(s, "keys").Text, field(s, "channels").Text)
	}
	if a, b := strings.Join(want, "\n"), strings.Join(got, "\n"); a != b {
		return fmt.Sprintf("want %s\ngot  %s", a, b)
	}
	d.do("ACL", "DELUSER", "probe")
	rules := strings.Split(strings.TrimPrefix(u.Line(), "user alice "), " ")
	if v := d.do(append([]string{"ACL", "SETUSER", "probe", "reset"}, rules...)...); v.IsError() {
		return "the real server does not take the line: " + v.Text
	}
	lines := map[string]string{}
	for _, line := range d.do("ACL", "LIST").Strings() {
		f := strings.SplitN(line, " ", 3)
		rules := strings.Split(f[2], " ")
		slices.Sort(rules) // first arguments are in no order
		lines[f[1]] = strings.Join(rules, " ")
	}
	if lines["alice"] != lines["probe"] {
		return fmt.Sprintf("the line means\nwant %s\ngot  %s", lines["alice"], lines["probe"])
	}
	return ""
}

// sameRight compares ACL DRYRUN of a valid call.
func (d *aclDuel) sameRight(u *acl.User, rnd *rand.Rand, name string) (allowed bool, diff string) {
	g := &badLines{syntax: d.syntax, rand: rnd, command: name, group: d.groups[name]}
	var line []string
	for _, s := range g.valid() {
		line = append(line, s.word)
	}
	args := words(line)
	cmd, _ := d.table.Resolve(args)
	if !cmd.ArityOK(len(args)) {
		return false, ""
	}
	call := command.NewCall(cmd, args, 0, nil)
	denial, ok := u.Check(&call)
	got := "OK"
	switch {
	case ok, denial.Kind == acl.DeniedOption: // a matter of the command to Redis
	case denial.Kind == acl.DeniedCommand:
		got = fmt.Sprintf("This user has no permissions to run the '%s' command", denial.Object())
	case denial.Kind == acl.DeniedChannel:
		got = fmt.Sprintf("This user has no permissions to access the '%s' channel", denial.Object())
	default:
		got = fmt.Sprintf("This user has no permissions to access the '%s' key", denial.Object())
	}
	want := d.do(append([]string{"ACL", "DRYRUN", "alice"}, line...)...)
	if want.IsError() || want.Text == got {
		return ok, ""
	}
	return ok, fmt.Sprintf("%q\nwant %s\ngot  %s", line, want.Text, got)
}

// TestACLCategories compares the commands of each category, as far as both servers have
// them.
func TestACLCategories(t *testing.T) {
	t.Parallel()
	d := newACLDuel(t)
	real := map[string]bool{}
	var add func(docs wire.Value)
	add = func(docs wire.Value) {
		for i := 0; i+1 < len(docs.Elems); i += 2 {
			real[docs.Elems[i].Text] = true
			add(field(docs.Elems[i+1], "subcommands"))
		}
	}
	add(d.do("COMMAND", "DOCS"))
	if len(real) < 300 {
		t.Fatalf("only %d commands", len(real))
	}
	for _, category := range d.do("ACL", "CAT").Strings() {
		var got, want []string
		for _, c := range d.table.All() {
			if name := c.FullName; c.Visible() && real[name] && slices.Contains(c.Categories, "@"+category) && name != "wait" { // it blocks since Redis 7.2
				got = append(got, name)
			}
		}
		for _, name := range d.do("ACL", "CAT", category).Strings() {
			if d.table.Named(name) != nil && name != "wait" {
				want = append(want, name)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s\nwant %s\ngot  %s", category, want, got)
		}
	}
}

// TestACLFile lets both read files with faults.
func TestACLFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := newACLDuel(t, "--aclfile", path)
	rnd := rand.New(rand.NewPCG(d.seed, 8))
	good := 0
	for range *aclCount {
		var lines []string
		for range rnd.IntN(4) {
			// Redis 7.0 ends at a parenthesis that is not closed.
			rules := slices.DeleteFunc(aclRuleList(rnd, []string{"get", "set", "config|get"}), func(s string) bool { return strings.HasPrefix(s, "(") && !strings.HasSuffix(s, ")") })
			if rnd.IntN(2) == 0 {
				rules = []string{"on", "+get"}
			}
			line := []string{"user alice ", "user bob\t ", " user  ", "user carol  ", "usr x ", "USER dave ", "user"}[rnd.IntN(7)]
			lines = append(lines, line+strings.Join(rules, " ")+[]string{"", "\r", "  "}[rnd.IntN(3)])
		}
		content := strings.Join(lines, "\n")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := acl.ParseFile(path, []byte(content), d.book, false)
		want := d.do("ACL", "LOAD")
		if got := errorText(err); got != strings.TrimPrefix(want.Text, "OK") {
			t.Fatalf("seed %d: %q\nwant %s\ngot  %s", d.seed, content, want.Text, got)
		}
		if err != nil {
			continue
		}
		good++
		names := []string{"default"}
		for _, u := range list {
			if u.Name() != "default" {
				names = append(names, u.Name())
			}
		}
		slices.Sort(names)
		if users := d.do("ACL", "USERS").Strings(); !slices.Equal(users, names) {
			t.Fatalf("seed %d: %q\nwant %q\ngot  %q", d.seed, content, users, names)
		}
	}
	if good < *aclCount/10 {
		t.Errorf("only %d files are right", good)
	}
}
