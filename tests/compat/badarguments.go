package compat

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// badLines makes command lines in which one or two arguments are bad: of which
// of them a server tells is part of its answer. The rest of a line is valid, so
// that nothing else is to be said.
type badLines struct {
	syntax  Syntax
	rand    *rand.Rand
	command string // full name, in lower case
	group   string // as COMMAND DOCS names it
	numkeys int    // where the number of keys stands in the line; 0: nowhere
}

// slot is a word of a line that may be made bad.
type slot struct {
	word string
	key  bool
}

// badData is the data set that the lines meet. It has a key of each type under the name
// typeKeys has for it, and a string that is no number.
var badData = [][]string{
	{"RESET"}, {"FLUSHALL"}, {"SET", "s", "10"}, {"SET", "u", "abc"}, {"RPUSH", "l", "3", "1", "2"}, {"SADD", "t", "m", "v"}, {"HSET", "h", "f", "10", "v", "x"},
	{"ZADD", "z", "1", "m", "2", "v"}, {"GEOADD", "g", "13", "38", "m", "15", "37", "v"}, {"PFADD", "p", "m"},
	{"XADD", "x", "5-1", "f", "v"}, {"XGROUP", "CREATE", "x", "g", "0"},
}

// typeKeys are the keys of badData that suit the commands of a group; n is none.
var typeKeys = map[string]string{
	"generic": "s", "string": "s", "bitmap": "s", "list": "l", "set": "t", "hash": "h", "sorted-set": "z", "geo": "g", "hyperloglog": "p", "stream": "x",
}

// badWords are wrong in most places, each in another way. Commands that block take
// the first ones alone: none is a time that somebody would have to wait for.
var badWords = []string{"x", "-1", "9223372036854775808", "WHAT", "", "0", "1.5", "-9223372036854775808", "9223372036854775807", "nan", "5-", "(1", "+1", "01", " 1", "1e3", "inf",
	"18446744073709551616", "4294967296", "181", "-0", "u64", "i65", "[a", "NX", "0-0", "$", "HYLL"}

const patientWords = 5

// sessionCommands are those that are not about data, as far as their arguments can
// be compared. Not here: what ends, pauses or silences a connection, saves, and what
// docs/DIVERGENCE.md has as another feature (users, replicas, the Lua debugger).
const sessionCommands = `select swapdb flushdb flushall dbsize echo ping auth hello reset time lastsave role info lolwut asking
client|kill client|list client|info client|id client|no-evict client|setname client|getname client|tracking client|trackinginfo client|caching
client|getredir client|unblock multi exec discard watch unwatch publish spublish pubsub|channels pubsub|numsub pubsub|numpat pubsub|shardchannels
pubsub|shardnumsub eval evalsha eval_ro evalsha_ro fcall fcall_ro script|exists script|flush script|load script|kill function|delete function|dump
function|flush function|list function|load function|restore function|stats config|get config|set config|resetstat memory|usage memory|doctor
memory|stats command|count command|docs command|info command|getkeys command|getkeysandflags command|list latency|latest latency|history
latency|reset latency|graph latency|histogram slowlog|get slowlog|len slowlog|reset acl|cat acl|list acl|users acl|whoami acl|getuser
module|list cluster|keyslot cluster|countkeysinslot cluster|getkeysinslot restore-asking`

// unlike are the commands whose errors are not compared: MIGRATE and WAIT are about
// other servers, PFSELFTEST takes long, and HELP is a text.
var unlike = []string{"migrate", "wait", "pfselftest", "object|help", "xgroup|help", "xinfo|help"}

// line returns a command line with one or two faults.
func (g *badLines) line() []string {
	slots := g.valid()
	name := len(strings.Fields(g.command))
	for range 1 + g.rand.IntN(2) {
		slots = g.spoil(slots, name)
	}
	line := make([]string, len(slots))
	for i, s := range slots {
		line[i] = s.word
	}
	return line
}

// spoil makes one argument bad, leaves the last one out, or adds one.
func (g *badLines) spoil(slots []slot, name int) []slot {
	switch n := g.rand.IntN(10); {
	case n == 0 || len(slots) == name:
		return append(slots, slot{word: g.extra(slots[name:])})
	case n == 1:
		return slots[:len(slots)-1]
	}
	at := name + g.rand.IntN(len(slots)-name)
	if s := &slots[at]; s.key {
		s.word = g.one([]string{"n", "s", "u", "l", "z", "x"})
	} else {
		s.word = g.one(g.words())
	}
	return slots
}

// extra is a word too many: one that nobody knows, one that stands in the line
// already, or another of the command's.
func (g *badLines) extra(args []slot) string {
	tokens := Tokens(g.syntax[g.command])
	switch n := g.rand.IntN(3); {
	case n == 0 && len(args) > 0:
		return args[g.rand.IntN(len(args))].word
	case n == 1 && len(tokens) > 0:
		return g.one(tokens)
	}
	return "WHAT"
}

func (g *badLines) words() []string {
	if strings.HasPrefix(g.command, "b") || strings.HasPrefix(g.command, "xread") {
		return badWords[:patientWords]
	}
	return badWords
}

// valid returns a line with nothing wrong in it.
func (g *badLines) valid() []slot {
	g.numkeys = 0
	var slots []slot
	for _, word := range strings.Fields(g.command) {
		slots = append(slots, slot{word: word})
	}
	for _, a := range g.syntax[g.command] {
		slots = g.element(slots, a)
	}
	return slots
}

func (g *badLines) element(slots []slot, a Arg) []slot {
	if a.Optional && g.rand.IntN(2) > 0 {
		return slots
	}
	times := 1
	if a.Multiple && g.group != "stream" { // there the number of keys and of IDs is the same
		times += g.rand.IntN(2)
	}
	for i := range times {
		if a.Token != "" && a.Type != "pure-token" && (i == 0 || a.MultipleToken) {
			slots = append(slots, slot{word: a.Token})
		}
		switch a.Type {
		case "oneof":
			slots = g.element(slots, a.Args[g.rand.IntN(len(a.Args))])
		case "block":
			for _, e := range a.Args {
				slots = g.element(slots, e)
			}
		case "pure-token":
			slots = append(slots, slot{word: a.Token})
		case "key":
			word := typeKeys[g.group]
			if word == "" || g.rand.IntN(4) == 0 {
				word = "n"
			}
			slots = append(slots, slot{word: word, key: true})
		default:
			if a.Name == "numkeys" {
				g.numkeys = len(slots)
			}
			slots = append(slots, slot{word: g.word(a)})
		}
	}
	withKey := a.Type == "key" || slices.ContainsFunc(a.Args, func(e Arg) bool { return e.Type == "key" })
	if withKey && a.Multiple && g.numkeys > 0 {
		slots[g.numkeys].word = strconv.Itoa(times)
	}
	return slots
}

// goodWords are valid where the type of an argument says too little, by the name
// of the argument.
var goodWords = map[string]string{
	"cursor": "0", "seconds": "1000", "timeout": "0.001", "id": "5-1", "lastid": "5-1", "last-id": "5-1", "max-deleted-id": "5-1", "group": "g", "consumer": "c",
	"encoding": "u8", "operation": "AND", "member": "m", "member1": "m", "member2": "v", "field": "f", "type": "string", "threshold": "5", "start": "0", "stop": "1",
	"end": "1", "subcommand": "ENCODING", "serialized-value": payloads[0], "source": "s", "destination": "n",
}

func (g *badLines) word(a Arg) string {
	lex := strings.Contains(g.command, "lex")
	switch word, known := goodWords[strings.ToLower(a.Name)]; {
	case lex && a.Name == "min":
		return "[a"
	case lex && a.Name == "max":
		return "[z"
	case a.Name == "milliseconds" && !strings.HasPrefix(g.command, "x"):
		return "1000000"
	case known:
		return word
	case a.Type == "unix-time":
		return "4102444800"
	case a.Type == "pattern":
		return "*"
	case a.Type == "integer" || a.Type == "double":
		return "1"
	}
	return "v"
}

func (g *badLines) one(list []string) string { return list[g.rand.IntN(len(list))] }

// badCommands returns the groups of all commands on data and of sessionCommands, by
// full name. Those of unlike are left out.
func badCommands(docs wire.Value) map[string]string {
	out, session := map[string]string{}, strings.Fields(sessionCommands)
	var add func(docs wire.Value)
	add = func(docs wire.Value) {
		for i := 0; i+1 < len(docs.Elems); i += 2 {
			name, doc := docs.Elems[i].Text, docs.Elems[i+1]
			group, subs := field(doc, "group").Text, field(doc, "subcommands")
			add(subs)
			_, data := typeKeys[group]
			if other := slices.Contains(session, name); (data || other) && len(subs.Elems) == 0 && !slices.Contains(unlike, name) {
				out[strings.ReplaceAll(name, "|", " ")] = group
			}
		}
	}
	add(docs)
	return out
}
