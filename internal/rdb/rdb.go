// Package rdb reads and writes Redis's own serialisation: the payloads of DUMP and
// RESTORE, and the dump files that SAVE writes. It knows the forms of values and
// nothing of what a server keeps them in.
//
// Its input may be hostile. Input that does not fit is an error, and nothing panics. No
// length that the input claims is believed before the bytes are there. So the memory
// taken is bounded by a small multiple of the input, and where it is compressed by
// maxExpansion times its size.
package rdb

import (
	"encoding/binary"
	"errors"
)

// Type says how a value is serialised. The numbers are Redis's.
type Type byte

// The types of values. Those behind TypeStream2 are newer than Redis 7.0.
const (
	TypeString         Type = 0
	TypeList           Type = 1
	TypeSet            Type = 2
	TypeZSet           Type = 3 // scores as text
	TypeHash           Type = 4
	TypeZSet2          Type = 5 // scores as bits
	TypeModulePreGA    Type = 6
	TypeModule         Type = 7
	TypeHashZipmap     Type = 9
	TypeListZiplist    Type = 10
	TypeSetIntset      Type = 11
	TypeZSetZiplist    Type = 12
	TypeHashZiplist    Type = 13
	TypeListQuicklist  Type = 14 // of ziplists
	TypeStream         Type = 15
	TypeHashListpack   Type = 16
	TypeZSetListpack   Type = 17
	TypeListQuicklist2 Type = 18 // of listpacks
	TypeStream2        Type = 19
	TypeSetListpack    Type = 20
	TypeStream3        Type = 21
	TypeHashExpiry     Type = 24 // fields with deadlines
	TypeHashListpackEx Type = 25 // likewise, packed
)

const (
	// Version is that of the payloads we write: Redis 7.0's, which every later
	// one reads too.
	Version = 10
	// MaxVersion is the newest that we read: Redis 7.4's.
	MaxVersion = 12

	footerSize = 2 + 8 // version, CRC-64
)

var (
	// ErrFooter: the version of a payload is unknown, or its checksum wrong.
	ErrFooter = errors.New("rdb: version or checksum of the payload are wrong")
	// ErrFormat: a value is not what its type promises.
	ErrFormat = errors.New("rdb: malformed value")
)

// Open checks the footer of a payload and returns the type of its value, and a
// Decoder of what follows the type. The Decoder keeps payload.
func Open(payload []byte) (Type, *Decoder, error) {
	n := len(payload) - footerSize
	if n < 0 || binary.LittleEndian.Uint16(payload[n:]) > MaxVersion ||
		binary.LittleEndian.Uint64(payload[n+2:]) != crc(0, payload[:n+2]) {
		return 0, nil, ErrFooter
	}
	if n == 0 {
		return 0, nil, ErrFormat
	}
	return Type(payload[0]), NewDecoder(payload[1:n]), nil
}

// AppendFooter makes a payload of a serialised value, its type in front.
func AppendFooter(value []byte, version uint16) []byte {
	value = binary.LittleEndian.AppendUint16(value, version)
	return binary.LittleEndian.AppendUint64(value, crc(0, value))
}

// Cut returns the value of a payload of any version whose checksum is right.
func Cut(payload []byte) (value []byte, ok bool) {
	n := len(payload) - footerSize
	if n < 1 || binary.LittleEndian.Uint64(payload[n+2:]) != crc(0, payload[:n+2]) {
		return nil, false
	}
	return payload[:n], true
}
