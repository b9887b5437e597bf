// Package settings has the options that belong to a cluster, not to a node. All nodes
// have to agree on them because the state follows from them. They are one row each
// here; the options of a node, the state machine and docs/OPERATING.md follow from the
// rows.
package settings

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/msredis/msredis/internal/evict"
)

// Values are the settings as the handlers of commands read them. Nobody changes
// them once they are in use: a change makes new ones.
//
// The names are Redis's; entries count, values and bytes are lengths in bytes.
type Values struct {
	HashMaxListpackEntries int
	HashMaxListpackValue   int
	SetMaxIntsetEntries    int
	SetMaxListpackEntries  int
	SetMaxListpackValue    int
	ZSetMaxListpackEntries int
	ZSetMaxListpackValue   int
	ListMaxListpackSize    int
	ListCompressDepth      int
	StreamNodeMaxBytes     int
	StreamNodeMaxEntries   int
	HLLSparseMaxBytes      int
	ProtoMaxBulkLen        int
	ScriptBudget           int
	ScriptMemory           int
	ScriptDebug            int
	MaxmemoryPolicy        int // an evict.Policy
	MaxmemorySamples       int
	LFULogFactor           int
	LFUDecayTime           int // minutes
	ACLPubsubDefault       int // 1: allchannels
}

// Row describes one setting.
type Row struct {
	Name  string
	Alias string // the older name; "" if there is none
	// Hidden: it is no option. A command changes it that tests use.
	Hidden bool
	// Memory: the value is a number of bytes, which may be written with a unit.
	Memory bool
	// Default is part of the state machine: it never changes.
	Default  int
	Min, Max int
	// Enum are the words for the values from 0 on; nil: they are numbers.
	Enum []string
	Doc  string // one line, without a full stop

	field func(v *Values) *int
}

// Rows are the settings. Names, defaults and bounds are Redis's.
var Rows = []Row{
	{Name: "hash-max-listpack-entries", Alias: "hash-max-ziplist-entries", Default: 512, Max: math.MaxInt,
		Doc:   "Fields from which on a hash is no listpack any more",
		field: func(v *Values) *int { return &v.HashMaxListpackEntries }},
	{Name: "hash-max-listpack-value", Alias: "hash-max-ziplist-value", Memory: true, Default: 64, Max: math.MaxInt,
		Doc:   "Length of a field or value from which on a hash is no listpack any more",
		field: func(v *Values) *int { return &v.HashMaxListpackValue }},
	{Name: "set-max-intset-entries", Default: 512, Max: math.MaxInt,
		Doc:   "Members from which on a set of integers is no intset any more",
		field: func(v *Values) *int { return &v.SetMaxIntsetEntries }},
	{Name: "set-max-listpack-entries", Default: 128, Max: math.MaxInt,
		Doc:   "Members from which on a set of strings is not kept in one piece any more; Redis has it from 7.2 on",
		field: func(v *Values) *int { return &v.SetMaxListpackEntries }},
	{Name: "set-max-listpack-value", Memory: true, Default: 64, Max: math.MaxInt,
		Doc:   "Length of a member from which on a set of strings is not kept in one piece any more",
		field: func(v *Values) *int { return &v.SetMaxListpackValue }},
	{Name: "zset-max-listpack-entries", Alias: "zset-max-ziplist-entries", Default: 128, Max: math.MaxInt,
		Doc:   "Members from which on a sorted set is no listpack any more",
		field: func(v *Values) *int { return &v.ZSetMaxListpackEntries }},
	{Name: "zset-max-listpack-value", Alias: "zset-max-ziplist-value", Memory: true, Default: 64, Max: math.MaxInt,
		Doc:   "Length of a member from which on a sorted set is no listpack any more",
		field: func(v *Values) *int { return &v.ZSetMaxListpackValue }},
	{Name: "list-max-listpack-size", Alias: "list-max-ziplist-size", Default: -2, Min: math.MinInt32, Max: math.MaxInt32,
		Doc:   "Elements of a node of a list as DUMP writes it; -1 to -5: 4, 8, 16, 32, 64 KB. It holds for lists that are made later",
		field: func(v *Values) *int { return &v.ListMaxListpackSize }},
	{Name: "list-compress-depth", Default: 0, Max: math.MaxInt32,
		Doc:   "Nodes at the ends of a list that Redis does not compress; no list is compressed in memory here",
		field: func(v *Values) *int { return &v.ListCompressDepth }},
	{Name: "stream-node-max-bytes", Memory: true, Default: 4096, Max: math.MaxInt,
		Doc:   "Bytes of a node of a stream; 0: no limit. Trimming with ~ removes whole nodes",
		field: func(v *Values) *int { return &v.StreamNodeMaxBytes }},
	{Name: "stream-node-max-entries", Default: 100, Max: math.MaxInt,
		Doc:   "Entries of a node of a stream; 0: no limit",
		field: func(v *Values) *int { return &v.StreamNodeMaxEntries }},
	{Name: "hll-sparse-max-bytes", Memory: true, Default: 3000, Max: math.MaxInt,
		Doc:   "Bytes from which on a HyperLogLog becomes dense",
		field: func(v *Values) *int { return &v.HLLSparseMaxBytes }},
	{Name: "proto-max-bulk-len", Memory: true, Default: 512 << 20, Min: 1 << 20, Max: math.MaxInt,
		Doc:   "Length of one argument of a command, and of a string value",
		field: func(v *Values) *int { return &v.ProtoMaxBulkLen }},
	{Name: "script-budget", Default: 200_000_000, Min: 10_000, Max: math.MaxInt,
		Doc:   "Instructions that a script may use before it ends with an error; the default is about five seconds of a slow core",
		field: func(v *Values) *int { return &v.ScriptBudget }},
	{Name: "script-memory", Memory: true, Default: 256 << 20, Min: 1 << 20, Max: math.MaxInt,
		Doc:   "Bytes that the values of a script may take before it ends with an error",
		field: func(v *Values) *int { return &v.ScriptMemory }},
	{Name: "script-debug", Hidden: true, Max: 1,
		Doc:   "1: scripts may call subcommands of DEBUG",
		field: func(v *Values) *int { return &v.ScriptDebug }},
	{Name: "maxmemory-policy", Enum: evict.Names, Default: int(evict.NoEviction), Max: len(evict.Names) - 1,
		Doc:   "Keys that leave when the data exceeds maxmemory; with noeviction none does, and what may add to the data gets -OOM",
		field: func(v *Values) *int { return &v.MaxmemoryPolicy }},
	{Name: "maxmemory-samples", Default: 5, Min: 1, Max: 64,
		Doc:   "Keys that are looked at for each one that is evicted",
		field: func(v *Values) *int { return &v.MaxmemorySamples }},
	{Name: "lfu-log-factor", Default: 10, Max: math.MaxInt32,
		Doc:   "How slowly the counter of a key's uses grows, with an LFU policy",
		field: func(v *Values) *int { return &v.LFULogFactor }},
	{Name: "lfu-decay-time", Default: 1, Max: math.MaxInt32,
		Doc:   "Minutes without use after which that counter loses one; 0: never",
		field: func(v *Values) *int { return &v.LFUDecayTime }},
	{Name: "acl-pubsub-default", Enum: []string{"resetchannels", "allchannels"}, Max: 1,
		Doc:   "Channels of a user that is made anew",
		field: func(v *Values) *int { return &v.ACLPubsubDefault }},
}

// Text returns a value of the setting as CONFIG GET shows it, and as Set reads it.
func (r *Row) Text(n int) string {
	if r.Enum != nil {
		return r.Enum[n]
	}
	return strconv.Itoa(n)
}

// value reads what Text returns.
func (r *Row) value(text string) (n int, ok bool) {
	if r.Enum != nil {
		n = slices.Index(r.Enum, text)
		return n, n >= 0
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= r.Min && n <= r.Max && strconv.Itoa(n) == text
}

// Named returns the row with that name, not its older one; nil if there is none.
func Named(name string) *Row {
	for i := range Rows {
		if Rows[i].Name == name {
			return &Rows[i]
		}
	}
	return nil
}

// Default returns the settings of a cluster that has changed none.
func Default() *Values {
	v := &Values{}
	for i := range Rows {
		*Rows[i].field(v) = Rows[i].Default
	}
	return v
}

// Of returns a setting.
func (v *Values) Of(r *Row) int { return *r.field(v) }

// Set sets a setting to a text in the form of Row.Text, which is checked.
func (v *Values) Set(name, text string) error {
	r := Named(name)
	if r == nil {
		return fmt.Errorf("settings: there is no %q; a newer version of msredis may know it", name)
	}
	n, ok := r.value(text)
	if !ok {
		return fmt.Errorf("settings: %q is no value of %s", text, name)
	}
	*r.field(v) = n
	return nil
}
