package command

import "bytes"

// Slots is the number of hash slots of a Redis Cluster.
const Slots = 16384

// Slot returns the hash slot of key: CRC16 (XMODEM). If the bytes between its first '{'
// and the next '}' are not empty, the slot is that of these bytes.
func Slot(key []byte) uint16 {
	if open := bytes.IndexByte(key, '{'); open >= 0 {
		if length := bytes.IndexByte(key[open+1:], '}'); length > 0 {
			key = key[open+1 : open+1+length]
		}
	}
	crc := uint16(0)
	// Eight bytes at a time: the look-ups do not depend on each other, while
	// byte by byte each waits for the one before. Every command comes by here.
	for len(key) >= 8 {
		crc = crc16[7][key[0]^byte(crc>>8)] ^ crc16[6][key[1]^byte(crc)] ^
			crc16[5][key[2]] ^ crc16[4][key[3]] ^ crc16[3][key[4]] ^
			crc16[2][key[5]] ^ crc16[1][key[6]] ^ crc16[0][key[7]]
		key = key[8:]
	}
	for _, b := range key {
		crc = crc<<8 ^ crc16[0][byte(crc>>8)^b]
	}
	return crc % Slots
}

// crc16 are the tables of the polynomial x^16 + x^12 + x^5 + 1. crc16[n][b] is the CRC
// of byte b with n zero bytes behind it.
var crc16 = func() (tables [8][256]uint16) {
	for b := range tables[0] {
		crc := uint16(b) << 8
		for n := range tables {
			for range 8 {
				if crc&0x8000 != 0 {
					crc = crc<<1 ^ 0x1021
				} else {
					crc <<= 1
				}
			}
			tables[n][b] = crc
		}
	}
	return tables
}()
