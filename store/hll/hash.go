package hll

import (
	"encoding/binary"
	"math/bits"
)

// The figures of the algorithm. There are 2^precision registers, chosen by the lowest
// bits of an element's hash. Each has the longest run of zeros that was seen in the
// other bits.
const (
	precision = 14
	registers = 1 << precision
	runBits   = 64 - precision // the longest run counts runBits + 1
)

const hashSeed = 0xadc83b19

// place returns an element's register and what the element counts there.
func place(element []byte) (register int, count byte) {
	h := murmur64A(element, hashSeed)
	run := bits.TrailingZeros64(h>>precision | 1<<runBits)
	return int(h & (registers - 1)), byte(run + 1)
}

// murmur64A is MurmurHash2 in the 64-bit version A, for little endian machines.
func murmur64A(data []byte, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(data))*m
	for ; len(data) >= 8; data = data[8:] {
		k := binary.LittleEndian.Uint64(data) * m
		k ^= k >> r
		h = (h ^ k*m) * m
	}
	if len(data) > 0 {
		var tail [8]byte
		copy(tail[:], data)
		h = (h ^ binary.LittleEndian.Uint64(tail[:])) * m
	}
	h ^= h >> r
	h *= m
	return h ^ h>>r
}
