package command

import "testing"

// variable returns a ByOptions: with the word the key is read and written.
func variable(word string, without KeyFlags) func([][]byte) Options {
	return func(args [][]byte) Options {
		for _, a := range args {
			if Is(a, word) {
				return Options{Flags: KeyRW | KeyAccess | KeyUpdate}
			}
		}
		return Options{Flags: without}
	}
}

// testRows are rows of Redis 7.0.15 that between them use every form of the
// usage grammar and of key specs.
var testRows = []Spec{
	{Name: "get", Usage: "GET key", Summary: "Get the value of a key", Since: "1.0.0", Group: GroupString,
		Complexity: "O(1)", Flags: ReadOnly | Fast},
	{Name: "set", Usage: "SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
		Summary: "Set the string value of a key", Since: "1.0.0", Group: GroupString, Complexity: "O(1)", Flags: Write | DenyOOM,
		Keys: []KeySpec{{Flags: KeyRW | KeyAccess | KeyUpdate | KeyVariable, First: 1, Notes: "RW and ACCESS due to the optional `GET` argument"}}, ByOptions: variable("GET", KeyOW|KeyUpdate)},
	{Name: "getset", Usage: "GETSET key value", Summary: "Set the string value of a key and return its old value", Since: "1.0.0",
		Group: GroupString, Complexity: "O(1)", Flags: Write | DenyOOM | Fast, KeyFlags: KeyRW | KeyAccess | KeyUpdate,
		Deprecated: "6.2.0", ReplacedBy: "`SET` with the `!GET` argument"},
	{Name: "mset", Usage: "MSET key value [key value ...]", Summary: "Set multiple keys to multiple values", Since: "1.0.1",
		Group: GroupString, Complexity: "O(N) where N is the number of keys to set.", Flags: Write | DenyOOM,
		Tips: []string{"request_policy:multi_shard", "response_policy:all_succeeded"}, KeyFlags: KeyOW | KeyUpdate},
	{Name: "lcs", Usage: "LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]", Summary: "Find longest common substring",
		Since: "7.0.0", Group: GroupString, Complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively", Flags: ReadOnly},
	{Name: "bitfield", Usage: "BITFIELD key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]]",
		Summary: "Perform arbitrary bitfield integer operations on strings", Since: "3.2.0", Group: GroupBitmap,
		Complexity: "O(1) for each subcommand specified", Flags: Write | DenyOOM,
		Keys: []KeySpec{{Flags: KeyRW | KeyAccess | KeyUpdate | KeyVariable, First: 1, Notes: "This command allows both access and modification of the key"}}, ByOptions: variable("INCRBY", KeyRO|KeyAccess)},
	{Name: "bitop", Usage: "BITOP operation destkey key [key ...]", Summary: "Perform bitwise operations between strings", Since: "2.6.0",
		Group: GroupBitmap, Complexity: "O(N)", Flags: Write | DenyOOM},
	{Name: "copy", Usage: "COPY source destination [DB destination-db] [REPLACE]", Summary: "Copy a key", Since: "6.2.0",
		Group: GroupGeneric, Complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.", Flags: Write | DenyOOM},
	{Name: "del", Usage: "DEL key [key ...]", Summary: "Delete a key", Since: "1.0.0", Group: GroupGeneric, Complexity: "O(N)",
		Flags: Write, Tips: []string{"request_policy:multi_shard", "response_policy:agg_sum"}, KeyFlags: KeyRM | KeyDelete},
	{Name: "blpop", Usage: "BLPOP key [key ...] timeout", Summary: "Remove and get the first element in a list, or block until one is available",
		Since: "2.0.0", Group: GroupList, Complexity: "O(N) where N is the number of provided keys.", Flags: Write | NoScript | Blocking,
		KeyFlags: KeyRW | KeyAccess | KeyDelete},
	{Name: "zunionstore", Usage: "ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]",
		Summary: "Add multiple sorted sets and store the resulting sorted set in a new key", Since: "2.0.0", Group: GroupSortedSet,
		Complexity: "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.", Flags: Write | DenyOOM},
	{Name: "eval", Usage: "EVAL script numkeys [key [key ...]] [arg [arg ...]]", Summary: "Execute a Lua script server side", Since: "2.6.0",
		Group: GroupScripting, Complexity: "Depends on the script that is executed.", Flags: NoScript | Stale | SkipMonitor | NoMandatoryKeys,
		Keys: []KeySpec{{Flags: KeyRW | KeyAccess | KeyUpdate, NumKeys: 2, Notes: "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"}}},
	{Name: "xread", Usage: "XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]", Summary: "Return never seen elements in multiple streams, with IDs greater than the ones reported by the caller for each stream. Can block.",
		Since: "5.0.0", Group: GroupStream, Complexity: "O(N)", Flags: ReadOnly | Blocking,
		Keys: []KeySpec{{Flags: KeyRO | KeyAccess, Keyword: "STREAMS", From: 1, Last: -1, Limit: 2}}},
	{Name: "migrate", Usage: "MIGRATE host port <key | \"\"> destination-db timeout [COPY] [REPLACE] [KEYS key [key ...]]", Summary: "Atomically transfer a key", Since: "2.6.0",
		Group: GroupGeneric, Flags: Write, FixedArity: -6,
		Keys: []KeySpec{{Flags: KeyRW, First: 3}, {Flags: KeyRW | KeyIncomplete, Keyword: "KEYS", From: -2, Last: -1, Option: true}}, ByOptions: func([][]byte) Options { return Options{First: 3, Last: 3} }},
	{Name: "spublish", Usage: "SPUBLISH shardchannel message", Summary: "Post a message to a shard channel", Since: "7.0.0", Group: GroupPubSub,
		Complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.", Flags: PubSub | Loading | Stale | Fast, Keys: []KeySpec{{Flags: KeyNotKey, First: 1}}},
	{Name: "ping", Usage: "PING [message]", Summary: "Ping the server", Since: "1.0.0", Group: GroupConnection, Complexity: "O(1)",
		Flags: Fast, Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"}},
	{Name: "object", Usage: "OBJECT", Summary: "A container for object introspection commands", Since: "2.2.3", Group: GroupGeneric, Complexity: "Depends on subcommand."},
	{Name: "encoding", Container: "object", Usage: "OBJECT ENCODING key", Summary: "Inspect the internal encoding of a Redis object", Since: "2.2.3",
		Group: GroupGeneric, Complexity: "O(1)", Flags: ReadOnly, Tips: []string{"nondeterministic_output"}, KeyFlags: KeyRO},
	{Name: "help", Container: "object", Usage: "OBJECT HELP", Summary: "Show helpful text about the different subcommands", Since: "6.2.0",
		Group: GroupGeneric, Complexity: "O(1)", Flags: Loading | Stale},
	{Name: "grant", Usage: "GRANT ttl-ms [id]", Summary: "Only here", Since: "0.1.0", Group: GroupLease, Flags: Write | Hidden},
}

func testTable(t testing.TB) *Table {
	t.Helper()
	table, err := NewTable(testRows)
	if err != nil {
		t.Fatal(err)
	}
	return table
}
