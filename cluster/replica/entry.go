package replica

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/msredis/msredis/internal/varint"
	"github.com/msredis/msredis/resp/command"
)

// The data of a log entry:
//
//	version   1 byte
//	time      8 bytes, log time in Unix milliseconds: the leader's stamp
//	seed      8 bytes
//	lag       8 bytes, how far log time is behind the machines' clocks, in milliseconds
//	bundles   until the end: node, incarnation, seq, length (uvarints), payload
//
// Numbers of eight bytes are little-endian. A payload is a sequence of calls; a call
// is a kind byte (callPlain and below) and then
//
//	plain     database, argument count, (length, bytes)…          (uvarints)
//	exec      watches: count, (database, length, key, version)…
//	          calls:   count, plain calls without their kind byte
//	caller    version, 1 if unproven + 2 if a node, (length, user)   (uvarints)
//
// A caller is no call. It made the calls behind it, until the next one. Calls in front of
// the first have the caller of zeros and no name.
//
// Empty data is raft's own entry at the start of a term. TestEntryFormat holds this
// comment and the bytes together.
const (
	entryVersion    = 2
	entryHeaderSize = 1 + 8 + 8 + 8

	callPlain = 0
	callExec  = 1
	// The same with command.Call.Over set.
	callPlainOver = 2
	callExecOver  = 3

	callCaller = 4

	callerUnproven = 1
	callerNode     = 2
)

var errEntry = errors.New("malformed log entry")

// bundleID names a bundle for ever: no two bundles of a cluster share it.
type bundleID struct {
	Node        uint64
	Incarnation uint64 // grows with each start of the node
	Seq         uint64 // 1, 2, 3 … within an incarnation
}

func appendHeader(dst []byte, at stamp, seed uint64) []byte {
	dst = append(dst, entryVersion)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(at.time))
	dst = binary.LittleEndian.AppendUint64(dst, seed)
	return binary.LittleEndian.AppendUint64(dst, uint64(at.lag))
}

func appendBundle(dst []byte, id bundleID, payload []byte) []byte {
	dst = binary.AppendUvarint(dst, id.Node)
	dst = binary.AppendUvarint(dst, id.Incarnation)
	dst = binary.AppendUvarint(dst, id.Seq)
	dst = binary.AppendUvarint(dst, uint64(len(payload)))
	return append(dst, payload...)
}

// appendUnit appends the calls of u that write. Its reads and literals concern only the
// node of the client. by is the caller of what stands in front; the last one is returned.
func appendUnit(dst []byte, u *command.Unit, by *command.Caller) ([]byte, *command.Caller) {
	for i := range u.Calls {
		c := &u.Calls[i]
		if c.Writes() && !c.Caller().Same(by) {
			by = c.Caller()
			dst = appendCaller(dst, by)
		}
		over := byte(0)
		if c.Over {
			over = callPlainOver - callPlain
		}
		switch {
		case !c.Writes():
		case c.Tx == nil:
			dst = append(dst, callPlain+over)
			dst = appendCall(dst, c)
		default:
			dst = append(dst, callExec+over)
			dst = appendTx(dst, c.Tx)
		}
	}
	return dst, by
}

func appendCaller(dst []byte, by *command.Caller) []byte {
	dst = append(dst, callCaller)
	dst = binary.AppendUvarint(dst, by.Version)
	bits := uint64(0)
	if by.Unproven {
		bits |= callerUnproven
	}
	if by.Node {
		bits |= callerNode
	}
	dst = binary.AppendUvarint(dst, bits)
	dst = binary.AppendUvarint(dst, uint64(len(by.User)))
	return append(dst, by.User...)
}

// caller reads what appendCaller wrote.
func (r *reader) caller() (by command.Caller, ok bool) {
	by.Version = r.Uvarint()
	bits := r.Uvarint()
	by.Unproven, by.Node = bits&callerUnproven != 0, bits&callerNode != 0
	by.User = string(r.Bytes())
	return by, !r.Bad && bits <= callerUnproven|callerNode
}

// nobody is the caller at the start of a payload.
var nobody = new(command.Caller)

// unitRoom is at least the length of an encoded unit.
func unitRoom(u *command.Unit) int {
	size := 0
	call := func(c *command.Call) {
		size += 1 + 2*binary.MaxVarintLen64
		for _, a := range c.Args {
			size += binary.MaxVarintLen64 + len(a)
		}
	}
	for i := range u.Calls {
		c := &u.Calls[i]
		size += len(c.Caller().User) + 4*binary.MaxVarintLen64
		switch {
		case c.Literal != nil:
		case c.Tx == nil:
			call(c)
		default:
			size += 1 + 2*binary.MaxVarintLen64
			for _, w := range c.Tx.Watches {
				size += 3*binary.MaxVarintLen64 + len(w.Key)
			}
			for k := range c.Tx.Calls {
				call(&c.Tx.Calls[k])
			}
		}
	}
	return size
}

func appendCall(dst []byte, c *command.Call) []byte {
	dst = binary.AppendUvarint(dst, uint64(c.DB))
	dst = binary.AppendUvarint(dst, uint64(len(c.Args)))
	for _, a := range c.Args {
		dst = appendBytes(dst, a)
	}
	return dst
}

func appendTx(dst []byte, tx *command.Tx) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(tx.Watches)))
	for _, w := range tx.Watches {
		dst = binary.AppendUvarint(dst, uint64(w.DB))
		dst = appendBytes(dst, w.Key)
		dst = binary.AppendUvarint(dst, w.Version)
	}
	n := 0
	for i := range tx.Calls {
		if tx.Calls[i].Writes() {
			n++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	for i := range tx.Calls {
		if tx.Calls[i].Writes() {
			dst = appendCall(dst, &tx.Calls[i])
		}
	}
	return dst
}

func appendBytes(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

// bundleData is a bundle as it stands in an entry. payload aliases the entry.
type bundleData struct {
	id      bundleID
	payload []byte
}

// decodeEntry reads an entry's header and its bundles, appended to dst.
func decodeEntry(data []byte, dst []bundleData) (time int64, seed uint64, bundles []bundleData, err error) {
	if len(data) < entryHeaderSize {
		return 0, 0, nil, errEntry
	}
	if data[0] != entryVersion {
		return 0, 0, nil, fmt.Errorf("it has format %d, and this version of msredis reads format %d: run the version that wrote it", data[0], entryVersion)
	}
	time = int64(binary.LittleEndian.Uint64(data[1:]))
	seed = binary.LittleEndian.Uint64(data[9:])
	r := readerOf(data[entryHeaderSize:])
	for len(r.B) > 0 {
		b := bundleData{id: bundleID{Node: r.Uvarint(), Incarnation: r.Uvarint(), Seq: r.Uvarint()}}
		b.payload = r.Bytes()
		if r.Bad {
			return 0, 0, nil, errEntry
		}
		dst = append(dst, b)
	}
	return time, seed, dst, nil
}

// decoder turns payloads of other nodes' clients into units without replies. Under load
// a follower does little else beside the log. So the decoder makes little garbage.
type decoder struct {
	table *command.Table
	lent  []*command.Unit // since the last recycle
	spare []*command.Unit // that were applied
	args  [][]byte        // memory for the arguments of the next calls; none is used twice
	keys  command.KeyRoom // of the calls of the units that are lent
}

const (
	// argsAtOnce is the number of arguments for which memory is reserved at a time.
	argsAtOnce = 1024
	// maxSpareUnits and maxSpareCalls bound the units that are kept for the next payloads.
	maxSpareUnits = 64
	maxSpareCalls = 16384
)

// payload decodes one, or a part of one that begins with calls of by. The arguments alias
// it.
func (d *decoder) payload(payload []byte, by *command.Caller) (*command.Unit, error) {
	u := d.unit()
	r := readerOf(payload)
	for len(r.B) > 0 {
		kind := r.Byte()
		if kind == callCaller {
			next, ok := r.caller()
			if !ok {
				return nil, errEntry
			}
			if by = nobody; next != *nobody {
				by = &next
			}
			continue
		}
		u.Calls = append(u.Calls, command.Call{})
		c := &u.Calls[len(u.Calls)-1]
		var err error
		switch kind {
		case callPlain, callPlainOver:
			err = d.call(&r, c)
			c.Over = kind == callPlainOver
		case callExec, callExecOver:
			if err = d.exec(&r, c); err == nil && kind == callExecOver {
				c.SetOver()
			}
		default:
			err = errEntry
		}
		if err != nil {
			return nil, err
		}
		if by != nobody {
			c.SetBy(by)
		}
	}
	return u, nil
}

func (d *decoder) unit() *command.Unit {
	var u *command.Unit
	if last := len(d.spare) - 1; last >= 0 {
		u, d.spare = d.spare[last], d.spare[:last]
	} else {
		u = &command.Unit{}
		u.W.Discard = true
	}
	d.lent = append(d.lent, u)
	return u
}

// recycle takes back the units that were handed out.
func (d *decoder) recycle() {
	for _, u := range d.lent {
		if len(d.spare) < maxSpareUnits && cap(u.Calls) <= maxSpareCalls {
			u.Reset()
			d.spare = append(d.spare, u)
		}
	}
	clear(d.lent)
	d.lent = d.lent[:0]
	d.keys.Reset()
}

// slots returns memory for n arguments.
func (d *decoder) slots(n int) [][]byte {
	if n > argsAtOnce/8 {
		return make([][]byte, n)
	}
	if len(d.args) < n {
		d.args = make([][]byte, argsAtOnce)
	}
	s := d.args[:n:n]
	d.args = d.args[n:]
	return s
}

// call decodes a call with its footprint.
func (d *decoder) call(r *reader, c *command.Call) error {
	db := r.db()
	n := r.Count()
	if n == 0 {
		return errEntry
	}
	args := d.slots(n)
	for i := range args {
		args[i] = r.Bytes()
	}
	if r.Bad {
		return errEntry
	}
	cmd, err := resolve(args, n, d.table)
	if err != nil {
		return err
	}
	c.Set(cmd, args, db, &d.keys)
	return nil
}

// resolve finds the command of a call with n arguments, of which args are the first.
func resolve(args [][]byte, n int, table *command.Table) (*command.Command, error) {
	cmd, _ := table.Resolve(args)
	if cmd == nil || !cmd.ArityOK(n) || cmd.Flags&(command.Write|command.Logged) == 0 {
		return nil, fmt.Errorf("the log has a command that this version of msredis cannot execute, %.64q: upgrade this node", args[0])
	}
	return cmd, nil
}

func (d *decoder) exec(r *reader, c *command.Call) error {
	tx := &command.Tx{Watches: make([]command.Watch, r.Count())}
	for i := range tx.Watches {
		tx.Watches[i] = command.Watch{DB: r.db(), Key: r.Bytes(), Version: r.Uvarint()}
	}
	tx.Calls = make([]command.Call, r.Count())
	for i := range tx.Calls {
		if err := d.call(r, &tx.Calls[i]); err != nil {
			return err
		}
	}
	if r.Bad {
		return errEntry
	}
	*c = command.NewExec(d.table.Lookup([]byte("exec")), tx, &d.keys)
	return nil
}

// reader reads the fields of an entry.
type reader struct{ varint.Reader }

func readerOf(b []byte) reader { return reader{varint.Reader{B: b}} }

// maxDB bounds a database number in the log; the store checks the real limit.
const maxDB = 1 << 30

func (r *reader) db() int {
	v := r.Uvarint()
	if v > maxDB {
		r.Fail()
		return 0
	}
	return int(v)
}
