package acl

import (
	"encoding/hex"
	"io"
)

// The bits of a password that ACL GENPASS makes.
const (
	GenPassBits    = 256
	GenPassMaxBits = 4096
)

// GenPass returns a password of so many bits in hexadecimal, rounded up to whole digits.
func GenPass(random io.Reader, bits int) (string, error) {
	digits := (bits + 3) / 4
	b := make([]byte, (digits+1)/2)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b)[:digits], nil
}
