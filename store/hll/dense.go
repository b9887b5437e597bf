package hll

// denseBits is the width of a register in the dense form.
const denseBits = 6

// dense are the registers side by side, the first in the lowest bits of the first
// byte.
type dense []byte

func (d dense) get(i int) byte {
	at, shift := i*denseBits>>3, i*denseBits&7
	v := uint16(d[at])
	if at+1 < len(d) {
		v |= uint16(d[at+1]) << 8
	}
	return byte(v>>shift) & (1<<denseBits - 1)
}

func (d dense) set(i int, v byte) {
	const mask = 1<<denseBits - 1
	at, shift := i*denseBits>>3, i*denseBits&7
	d[at] = d[at]&^byte(mask<<shift) | v<<shift
	if shift > 8-denseBits {
		d[at+1] = d[at+1]&^byte(mask>>(8-shift)) | v>>(8-shift)
	}
}

// each calls fn with all registers.
func (d dense) each(fn func(i int, v byte)) {
	for i, at := 0, 0; at+2 < len(d); i, at = i+4, at+3 { // four registers in three bytes
		v := uint32(d[at]) | uint32(d[at+1])<<8 | uint32(d[at+2])<<16
		fn(i, byte(v&63))
		fn(i+1, byte(v>>6&63))
		fn(i+2, byte(v>>12&63))
		fn(i+3, byte(v>>18))
	}
}

// count adds the number of registers of each value to h.
func (d dense) count(h *[64]int) {
	for ; len(d) >= 3; d = d[3:] { // four registers in three bytes
		v := uint32(d[0]) | uint32(d[1])<<8 | uint32(d[2])<<16
		h[v&63]++
		h[v>>6&63]++
		h[v>>12&63]++
		h[v>>18]++
	}
}
