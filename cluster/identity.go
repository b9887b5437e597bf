package cluster

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/wal"
	"github.com/msredis/msredis/internal/failpoint"
)

// identity is who a data directory belongs to. It is written before the node
// takes part in anything, and never changed.
type identity struct {
	Format  int    `json:"format"` // of the data directory
	Cluster uint64 `json:"cluster"`
	ID      uint64 `json:"id"`
	Name    string `json:"name"`
	// Founder: the node starts the cluster from the empty snapshot that lists Founders.
	// Otherwise it was added to a running cluster, which looked like Joined then, and
	// starts with nothing.
	Founder  bool             `json:"founder,omitempty"`
	Founders []founderNode    `json:"founders,omitempty"`
	Joined   *replica.Members `json:"joined,omitempty"`
	// Agreed are the options that the cluster was founded with.
	Agreed Agreed `json:"settings,omitempty"`
	// Sum is a CRC-32C of the file as it is with zero here. A node that takes
	// itself for another one votes twice.
	Sum uint32 `json:"sum"`
}

// founderNode is one of the first members. Nonce is what its empty data
// directory called itself when this node agreed to found the cluster with it.
type founderNode struct {
	Name     string `json:"name"`
	PeerAddr string `json:"peer"`
	Nonce    uint64 `json:"nonce"`
}

const (
	identityFormat  = 3
	identityFile    = "identity.json"
	nonceFile       = "nonce"
	incarnationFile = "incarnation"
)

// loadIdentity returns nil if the directory holds no node.
func loadIdentity(dir string) (*identity, error) {
	path := filepath.Join(dir, identityFile)
	id := &identity{}
	found, err := loadSealed(path, id, identityIndent, func() error {
		if id.Format != identityFormat {
			return fmt.Errorf("%s: format %d; this version of msredis reads format %d", path, id.Format, identityFormat)
		}
		return nil
	})
	if !found {
		return nil, err
	}
	if id.Agreed != nil && id.Agreed[groupsOption] == "" { // it is from before there could be several
		id.Agreed[groupsOption] = "1"
	}
	return id, nil
}

// identityIndent makes the file one that a person can read.
const identityIndent = "  "

func (id *identity) seal() *uint32 { return &id.Sum }

// founders are the first members, as the group of a founder starts with them.
func (id *identity) founders() *replica.Members {
	members := &replica.Members{Cluster: id.Cluster, LastID: uint64(len(id.Founders))}
	for i, m := range id.Founders {
		members.List = append(members.List, replica.Member{ID: uint64(i + 1), Name: m.Name, PeerAddr: m.PeerAddr})
	}
	return members
}

func (id *identity) save(dir string) error {
	id.Format = identityFormat
	return saveSealed(filepath.Join(dir, identityFile), id, identityIndent)
}

// nextIncarnation counts the starts of this node. The number is on disk before
// it is used, so that none is used twice.
func nextIncarnation(dir string) (uint64, error) {
	path := filepath.Join(dir, incarnationFile)
	n, err := readNumber(path)
	if err != nil {
		return 0, err
	}
	if n == 0 && wal.Exists(filepath.Join(dir, group.WALDir)) {
		return 0, &group.MissingError{Path: path}
	}
	return n + 1, writeNumber(path, n+1)
}

// ownNonce returns the number that this data directory calls itself by until it
// belongs to a node.
func ownNonce(dir string) (uint64, error) {
	path := filepath.Join(dir, nonceFile)
	n, err := readNumber(path)
	if err != nil || n != 0 {
		return n, err
	}
	n = randomSeed() | 1
	return n, writeNumber(path, n)
}

func readNumber(path string) (uint64, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("data directory: %w", err)
	}
	digits, _, _ := strings.Cut(string(data), " ")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || string(data) != numberLine(n) {
		return 0, damaged(path)
	}
	return n, nil
}

// numberLine is the content of a file that holds a number: with its checksum,
// because another number is as good a number.
func numberLine(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	return fmt.Sprintf("%s %08x\n", digits, crc32.Checksum([]byte(digits), castagnoli))
}

func writeNumber(path string, n uint64) error { return writeFile(path, []byte(numberLine(n))) }

// writeFile replaces a file so that a crash leaves the old or the new content.
func writeFile(path string, data []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close(), failpoint.Err(failpoint.FileWritten)); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	failpoint.Hit(failpoint.FileRenamed)
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return nil
}

// randomSeed draws a number that nobody can guess.
func randomSeed() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.LittleEndian.Uint64(b[:])
}
