package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
)

// sealed is the content of a small file of the data directory: JSON with a checksum in
// it.
type sealed interface {
	// seal returns where the checksum is: a CRC-32C of the file as it is with zero
	// there.
	seal() *uint32
}

// encodeSealed returns the content of the file and sets the checksum. indent, which may
// be empty, is what a level is indented by.
func encodeSealed(v sealed, indent string) ([]byte, error) {
	marshal := json.Marshal
	if indent != "" {
		marshal = func(v any) ([]byte, error) { return json.MarshalIndent(v, "", indent) }
	}
	*v.seal() = 0
	data, err := marshal(v)
	if err != nil {
		return nil, err
	}
	*v.seal() = crc32.Checksum(data, castagnoli)
	if data, err = marshal(v); err != nil || indent == "" {
		return data, err
	}
	return append(data, '\n'), nil
}

// saveSealed replaces the file so that a crash leaves the old or the new content.
func saveSealed(path string, v sealed, indent string) error {
	data, err := encodeSealed(v, indent)
	if err != nil {
		return err
	}
	return writeFile(path, data)
}

// loadSealed reads a file into v. found is false, without an error, if there is none.
// readable, which may be nil, looks at v before the checksum does: a file of another
// format has other fields, and is not damaged.
func loadSealed(path string, v sealed, indent string, readable func() error) (found bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("data directory: %w", err)
	}
	if json.Unmarshal(data, v) != nil {
		return false, damaged(path)
	}
	if readable != nil {
		if err := readable(); err != nil {
			return false, err
		}
	}
	// The file is compared as a whole: JSON leaves room for changes that its values do
	// not show.
	if want, err := encodeSealed(v, indent); err != nil || !bytes.Equal(data, want) {
		return false, damaged(path)
	}
	return true, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func damaged(path string) error { return fmt.Errorf("%s is damaged: wrong checksum", path) }
