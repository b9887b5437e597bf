package shelf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/cockroachdb/pebble/v2"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// metaVersion is the version of the meta record, of the keys on the shelf and of
// the stream.
const metaVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode returns the record: the version, index, term and three blobs with their
// lengths, and a CRC-32C over it all.
func (m *Meta) encode() ([]byte, error) {
	var conf []byte
	if m.Conf != nil {
		var err error
		if conf, err = (proto.MarshalOptions{Deterministic: true}).Marshal(m.Conf); err != nil {
			return nil, err
		}
	}
	b := []byte{metaVersion}
	b = binary.AppendUvarint(b, m.Index)
	b = binary.AppendUvarint(b, m.Term)
	for _, blob := range [...][]byte{conf, m.Group, m.Store} {
		b = binary.AppendUvarint(b, uint64(len(blob)))
		b = append(b, blob...)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)), nil
}

var errMeta = errors.New("damaged record of what the snapshot is")

// decodeMeta copies what it keeps of b.
func decodeMeta(b []byte) (m Meta, err error) {
	if len(b) > 0 && b[0] != metaVersion {
		return m, fmt.Errorf("snapshot of format %d, this program knows format %d", b[0], metaVersion)
	}
	if len(b) < 5 || crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return m, errMeta
	}
	b = b[1 : len(b)-4]
	number := func() (v uint64) {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			err, n = errMeta, 0
		}
		b = b[n:]
		return v
	}
	blob := func() []byte {
		n := number()
		if err != nil || n > uint64(len(b)) {
			err = errMeta
			return nil
		}
		v := append([]byte(nil), b[:n]...)
		b = b[n:]
		return v
	}
	m.Index, m.Term = number(), number()
	conf := blob()
	m.Group, m.Store = blob(), blob()
	if err == nil && len(b) > 0 {
		err = errMeta
	}
	if err != nil {
		return Meta{}, err
	}
	m.Conf = &raftpb.ConfState{}
	if proto.Unmarshal(conf, m.Conf) != nil {
		return Meta{}, errMeta
	}
	return m, nil
}

// readMeta reads the record from the database or one of its snapshots.
func readMeta(r pebble.Reader) (Meta, error) {
	b, done, err := r.Get(metaKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return Meta{}, ErrEmpty
	}
	if err != nil {
		return Meta{}, err
	}
	defer done.Close()
	return decodeMeta(b)
}
