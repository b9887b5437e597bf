package rdb

import "hash/crc64"

// jones is the table of Redis's CRC-64: the polynomial that David T. Jones
// proposed, in reversed bits, without the inversions that hash/crc64 adds.
var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

// crc continues a checksum, which starts at 0, with b.
func crc(sum uint64, b []byte) uint64 { return ^crc64.Update(^sum, jones, b) }
