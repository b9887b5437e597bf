// Package bits is the family of bitmaps: commands that see a string as an array
// of bits. Bit 0 is the most significant bit of byte 0.
package bits

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Rows are the commands on bitmaps.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "bitcount", Since: "2.6.0", Group: command.GroupBitmap,
		Usage:      "BITCOUNT key [start end [BYTE | BIT]]",
		Summary:    "Count set bits in a string",
		Complexity: "O(N)",
		Flags:      command.ReadOnly,
	}, Run: bitcount},
	{Spec: command.Spec{
		Name: "bitfield", Since: "3.2.0", Group: command.GroupBitmap,
		Usage:      "BITFIELD key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]]",
		Summary:    "Perform arbitrary bitfield integer operations on strings",
		Complexity: "O(1) for each subcommand specified",
		Flags:      command.Write | command.DenyOOM,
		Keys: []command.KeySpec{{
			Flags: command.KeyRW | command.KeyAccess | command.KeyUpdate | command.KeyVariable, First: 1, Notes: "This command allows both access and modification of the key",
		}},
		ByOptions: bitfieldOptions,
	}, Run: bitfield},
	{Spec: command.Spec{
		Name: "bitfield_ro", Since: "6.0.0", Group: command.GroupBitmap,
		Usage:      "BITFIELD_RO key [GET encoding offset [GET encoding offset ...]]",
		Summary:    "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD",
		Complexity: "O(1) for each subcommand specified",
		Flags:      command.ReadOnly | command.Fast,
	}, Run: bitfieldRO},
	{Spec: command.Spec{
		Name: "bitop", Since: "2.6.0", Group: command.GroupBitmap,
		Usage:      "BITOP <AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key [key ...]",
		Summary:    "Perform bitwise operations between strings",
		Complexity: "O(N)",
		Flags:      command.Write | command.DenyOOM,
		Keys: []command.KeySpec{
			{Flags: command.KeyOW | command.KeyUpdate, First: 2},
			{Flags: command.KeyRO | command.KeyAccess, First: 3, Last: -1},
		},
	}, Run: bitop},
	{Spec: command.Spec{
		Name: "bitpos", Since: "2.8.7", Group: command.GroupBitmap,
		Usage:      "BITPOS key bit [start [end [BYTE | BIT]]]",
		Summary:    "Find first bit set or clear in a string",
		Complexity: "O(N)",
		Flags:      command.ReadOnly,
	}, Run: bitpos},
	{Spec: command.Spec{
		Name: "getbit", Since: "2.2.0", Group: command.GroupBitmap,
		Usage:      "GETBIT key offset",
		Summary:    "Returns the bit value at offset in the string value stored at key",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast,
	}, Run: getbit},
	{Spec: command.Spec{
		Name: "setbit", Since: "2.2.0", Group: command.GroupBitmap,
		Usage:      "SETBIT key offset value",
		Summary:    "Sets or clears the bit at offset in the string value stored at key",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyUpdate,
	}, Run: setbit},
}

// bitfieldOptions tells of a BITFIELD that only has GET: it reads its key.
func bitfieldOptions(args [][]byte) command.Options {
	for i := 2; i < len(args); {
		switch rest := len(args) - i - 1; {
		case command.Is(args[i], "GET") && rest >= 2:
			i += 3
		case command.Is(args[i], "OVERFLOW") && rest >= 1:
			i += 2
		default:
			return command.Options{Flags: command.KeyRW | command.KeyAccess | command.KeyUpdate}
		}
	}
	return command.Options{Flags: command.KeyRO | command.KeyAccess}
}
