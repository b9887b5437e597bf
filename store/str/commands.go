// Package str is the family of strings.
//
// Bitmaps and other families that keep their data in strings use Bytes to read
// one and Writable to change one in place.
package str

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Rows are the commands on strings.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "append", Since: "2.0.0", Group: command.GroupString,
		Usage:      "APPEND key value",
		Summary:    "Append a value to a key",
		Complexity: "O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by Redis will double the free space available on every reallocation.",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: appendTo},
	{Spec: command.Spec{
		Name: "decr", Since: "1.0.0", Group: command.GroupString,
		Usage:      "DECR key",
		Summary:    "Decrement the integer value of a key by one",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyUpdate,
	}, Run: decr},
	{Spec: command.Spec{
		Name: "decrby", Since: "1.0.0", Group: command.GroupString,
		Usage:      "DECRBY key decrement",
		Summary:    "Decrement the integer value of a key by the given number",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyUpdate,
	}, Run: decrby},
	{Spec: command.Spec{
		Name: "get", Since: "1.0.0", Group: command.GroupString,
		Usage:      "GET key",
		Summary:    "Get the value of a key",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast,
	}, Run: get},
	{Spec: command.Spec{
		Name: "getdel", Since: "6.2.0", Group: command.GroupString,
		Usage:      "GETDEL key",
		Summary:    "Get the value of a key and delete the key",
		Complexity: "O(1)",
		Flags:      command.Write | command.Conditional | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: getdel},
	{Spec: command.Spec{
		Name: "getex", Since: "6.2.0", Group: command.GroupString,
		Usage:      "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
		Summary:    "Get the value of a key and optionally set its expiration",
		Complexity: "O(1)",
		Flags:      command.Write | command.Fast,
		Keys: []command.KeySpec{{
			Flags: command.KeyRW | command.KeyAccess | command.KeyUpdate, First: 1, Notes: "RW and UPDATE because it changes the TTL",
		}},
	}, Run: getex},
	{Spec: command.Spec{
		Name: "getrange", Since: "2.4.0", Group: command.GroupString,
		Usage:      "GETRANGE key start end",
		Summary:    "Get a substring of the string stored at a key",
		Complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
		Flags:      command.ReadOnly,
	}, Run: getrange},
	{Spec: command.Spec{
		Name: "getset", Since: "1.0.0", Group: command.GroupString,
		Usage:      "GETSET key value",
		Summary:    "Set the string value of a key and return its old value",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyUpdate,
		Deprecated: "6.2.0", ReplacedBy: "`SET` with the `!GET` argument",
	}, Run: getset},
	{Spec: command.Spec{
		Name: "incr", Since: "1.0.0", Group: command.GroupString,
		Usage:      "INCR key",
		Summary:    "Increment the integer value of a key by one",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyUpdate,
	}, Run: incr},
	{Spec: command.Spec{
		Name: "incrby", Since: "1.0.0", Group: command.GroupString,
		Usage:      "INCRBY key increment",
		Summary:    "Increment the integer value of a key by the given amount",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyUpdate,
	}, Run: incrby},
	{Spec: command.Spec{
		Name: "incrbyfloat", Since: "2.6.0", Group: command.GroupString,
		Usage:      "INCRBYFLOAT key increment",
		Summary:    "Increment the float value of a key by the given amount",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyUpdate,
	}, Run: incrbyfloat},
	{Spec: command.Spec{
		Name: "lcs", Since: "7.0.0", Group: command.GroupString,
		Usage:      "LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]",
		Summary:    "Find longest common substring",
		Complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively",
		Flags:      command.ReadOnly,
	}, Run: lcs},
	{Spec: command.Spec{
		Name: "mget", Since: "1.0.0", Group: command.GroupString,
		Usage:      "MGET key [key ...]",
		Summary:    "Get the values of all the given keys",
		Complexity: "O(N) where N is the number of keys to retrieve.",
		Flags:      command.ReadOnly | command.Fast,
		Tips:       []string{"request_policy:multi_shard"},
	}, Run: mget},
	{Spec: command.Spec{
		Name: "mset", Since: "1.0.1", Group: command.GroupString,
		Usage:      "MSET key value [key value ...]",
		Summary:    "Set multiple keys to multiple values",
		Complexity: "O(N) where N is the number of keys to set.",
		Flags:      command.Write | command.DenyOOM,
		KeyFlags:   command.KeyOW | command.KeyUpdate,
		Tips:       []string{"request_policy:multi_shard", "response_policy:all_succeeded"},
	}, Run: mset},
	{Spec: command.Spec{
		Name: "msetnx", Since: "1.0.1", Group: command.GroupString,
		Usage:      "MSETNX key value [key value ...]",
		Summary:    "Set multiple keys to multiple values, only if none of the keys exist",
		Complexity: "O(N) where N is the number of keys to set.",
		Flags:      command.Write | command.Conditional | command.DenyOOM,
		KeyFlags:   command.KeyOW | command.KeyInsert,
		Tips:       []string{"request_policy:multi_shard", "response_policy:agg_min"},
	}, Run: msetnx},
	{Spec: command.Spec{
		Name: "psetex", Since: "2.6.0", Group: command.GroupString,
		Usage:      "PSETEX key milliseconds value",
		Summary:    "Set the value and expiration in milliseconds of a key",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM,
		KeyFlags:   command.KeyOW | command.KeyUpdate,
	}, Run: psetex},
	{Spec: command.Spec{
		Name: "set", Since: "1.0.0", Group: command.GroupString,
		Usage:      "SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL | LEASE id]",
		Summary:    "Set the string value of a key",
		Complexity: "O(1)",
		Flags:      command.Write | command.Conditional | command.DenyOOM,
		Keys: []command.KeySpec{{
			Flags: command.KeyRW | command.KeyAccess | command.KeyUpdate | command.KeyVariable, First: 1, Notes: "RW and ACCESS due to the optional `GET` argument",
		}},
	}, Run: set},
	{Spec: command.Spec{
		Name: "setex", Since: "2.0.0", Group: command.GroupString,
		Usage:      "SETEX key seconds value",
		Summary:    "Set the value and expiration of a key",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM,
		KeyFlags:   command.KeyOW | command.KeyUpdate,
	}, Run: setex},
	{Spec: command.Spec{
		Name: "setnx", Since: "1.0.0", Group: command.GroupString,
		Usage:      "SETNX key value",
		Summary:    "Set the value of a key, only if the key does not exist",
		Complexity: "O(1)",
		Flags:      command.Write | command.Conditional | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyOW | command.KeyInsert,
	}, Run: setnx},
	{Spec: command.Spec{
		Name: "setrange", Since: "2.2.0", Group: command.GroupString,
		Usage:      "SETRANGE key offset value",
		Summary:    "Overwrite part of a string at key starting at the specified offset",
		Complexity: "O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.",
		Flags:      command.Write | command.DenyOOM,
	}, Run: setrange},
	{Spec: command.Spec{
		Name: "strlen", Since: "2.2.0", Group: command.GroupString,
		Usage:      "STRLEN key",
		Summary:    "Get the length of the value stored in a key",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast,
		KeyFlags:   command.KeyRO,
	}, Run: strlen},
	{Spec: command.Spec{
		Name: "substr", Since: "1.0.0", Group: command.GroupString,
		Usage:      "SUBSTR key start end",
		Summary:    "Get a substring of the string stored at a key",
		Complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
		Flags:      command.ReadOnly,
		Deprecated: "2.0.0", ReplacedBy: "`GETRANGE`",
	}, Run: getrange},
}
