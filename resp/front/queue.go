package front

import (
	"encoding/binary"

	"github.com/msredis/msredis/resp/command"
)

// queue holds the commands of a transaction until EXEC, in little more memory than
// their bytes. A command.Call with its arguments takes ten times the bytes of a small
// command. They are packed into blocks; a long argument stays where it is.
type queue struct {
	blocks [][]byte
	long   [][]byte // arguments of longArg bytes and more, in order
	n      int      // commands
	args   int      // arguments of all
	size   int      // of the log entry that they become, about; see entrySize
	kept   int      // memory that is held
	listed []command.Call
}

// entrySize is the size of a command in a log entry. It counts its bytes, and the
// memory of the command and its arguments when the entry is executed.
func entrySize(args [][]byte) int {
	const call, slice = 120, 24
	return argBytes(args) + len(args)*slice + call
}

const (
	longArg            = 4 << 10
	minBlock, maxBlock = 256, 1 << 20
	sliceBytes         = 24 // what a slice takes beside what it holds
)

// add queues a command.
func (q *queue) add(cmd *command.Command, args [][]byte) {
	size := 2 * binary.MaxVarintLen64
	for _, a := range args {
		size += binary.MaxVarintLen64
		if len(a) < longArg {
			size += len(a)
		}
	}
	b := q.block(size)
	b = binary.AppendUvarint(b, uint64(cmd.ID))
	b = binary.AppendUvarint(b, uint64(len(args)))
	for _, a := range args {
		b = binary.AppendUvarint(b, uint64(len(a)))
		if len(a) < longArg {
			b = append(b, a...)
			continue
		}
		q.long = append(q.long, a)
		q.kept += len(a) + sliceBytes
	}
	q.blocks[len(q.blocks)-1] = b
	q.n++
	q.args += len(args)
	q.size += entrySize(args)
}

// block returns a block with room for size more bytes.
func (q *queue) block(size int) []byte {
	next := minBlock
	if n := len(q.blocks); n > 0 {
		last := q.blocks[n-1]
		if cap(last)-len(last) >= size {
			return last
		}
		next = min(2*cap(last), maxBlock)
	}
	b := make([]byte, 0, max(next, size))
	q.blocks = append(q.blocks, b)
	q.kept += cap(b) + sliceBytes
	return b
}

// calls returns the commands. Their arguments are those in the queue, which is not
// added to any more.
func (q *queue) calls(table *command.Table, room *command.KeyRoom) []command.Call {
	if len(q.listed) == q.n {
		return q.listed
	}
	calls := make([]command.Call, 0, q.n)
	slab := make([][]byte, 0, q.args)
	long := q.long
	for _, b := range q.blocks {
		for len(b) > 0 {
			var id, n uint64
			id, b = uvarint(b)
			n, b = uvarint(b)
			start := len(slab)
			for range n {
				var size uint64
				size, b = uvarint(b)
				if size < longArg {
					slab, b = append(slab, b[:size:size]), b[size:]
				} else {
					slab, long = append(slab, long[0]), long[1:]
				}
			}
			calls = append(calls, command.NewCall(table.ByID(command.ID(id)), slab[start:len(slab):len(slab)], 0, room))
		}
	}
	q.listed = calls
	return calls
}

func uvarint(b []byte) (uint64, []byte) {
	v, n := binary.Uvarint(b)
	return v, b[n:]
}

// memory is how many bytes the queue holds.
func (q *queue) memory() int { return q.kept }
