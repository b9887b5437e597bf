package list

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
	"math"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// Kind is the row of lists in the catalogue of value families.
var Kind = keyspace.Kind{Name: "list", Tag: 2, Await: keyspace.AwaitElements, Decode: decode, RDB: &serial}

// List is a sequence of strings: one chunk as long as they fit, else a counted
// tree of chunks. Reaching, inserting or removing an element by its index takes
// time in the logarithm of the length, at both ends next to none.
//
// Slices that it hands out are valid until the list is changed.
type List struct {
	chunk chunk // all elements, if tree is nil: at most chunkMax
	tree  *tree // else all are here
	// fill is how Redis would cut the list into nodes, less defaultFill. As there
	// it is that of the moment when the list was made, and shows in DUMP.
	fill int16
}

// defaultFill is the default of list-max-listpack-size.
const defaultFill = -2

// New returns an empty list.
func New() *List { return &List{} }

// NewIn is New for a list that is made by a command: the settings tell how it is cut.
func NewIn(s *settings.Values) *List {
	l := New()
	l.setFill(s.ListMaxListpackSize)
	return l
}

// setFill sets how the list is cut, within Redis's bounds.
func (l *List) setFill(fill int) { l.fill = int16(min(max(fill, -5), math.MaxInt16) - defaultFill) }

// Len implements keyspace.Value.
func (l *List) Len() int {
	if l.tree != nil {
		return l.tree.n
	}
	return l.chunk.len()
}

// size returns the packed size of the elements.
func (l *List) size() int {
	if l.tree != nil {
		return l.tree.size
	}
	return l.chunk.size()
}

// At returns element i, 0 ≤ i < Len.
func (l *List) At(i int) []byte {
	if l.tree != nil {
		return l.tree.at(i)
	}
	return l.chunk.at(i)
}

// PushFront adds a copy of e in front of the first element.
func (l *List) PushFront(e []byte) { l.Insert(0, e) }

// PushBack adds a copy of e behind the last element.
func (l *List) PushBack(e []byte) { l.Insert(l.Len(), e) }

// Insert puts a copy of e in front of element i, or behind the last one. e does
// not lie in the list.
func (l *List) Insert(i int, e []byte) {
	if l.tree == nil {
		switch s := packedSize(len(e)); {
		case l.chunk.fits(s) && s <= chunkMax:
			l.chunk.insert(i, e)
			return
		case l.chunk.n == 0:
			l.tree = newTree(*newChunk(e, false))
			return
		}
		l.tree = newTree(l.chunk)
		l.chunk = chunk{}
	}
	root, own := l.tree.change()
	if right := root.insert(own, i, e); right != nil {
		l.tree.branch = newBranch(root.mark, branchKid(root), branchKid(right))
	}
}

// Set puts a copy of e in place of element i. e does not lie in the list.
func (l *List) Set(i int, e []byte) {
	if l.tree != nil {
		if root, own := l.tree.change(); root.set(own, i, e) {
			return
		}
	} else if l.chunk.set(i, e) {
		return
	}
	l.Remove(i)
	l.Insert(i, e)
}

// Remove takes element i out.
func (l *List) Remove(i int) {
	if l.tree != nil {
		root, own := l.tree.change()
		root.remove(own, i)
	} else {
		l.chunk.remove(i)
	}
	l.settle()
}

// Trim takes the first count elements out, or the last ones.
func (l *List) Trim(count int, front bool) {
	switch {
	case count >= l.Len():
		*l = List{fill: l.fill}
		return
	case count <= 0:
		return
	case l.tree != nil:
		root, own := l.tree.change()
		root.trim(own, count, front)
	default:
		l.chunk.trim(count, front)
	}
	l.settle()
}

// removeEqual takes elements equal to e out, at most limit of them, the first
// ones or the last ones, and returns how many.
func (l *List) removeEqual(e []byte, limit int, fromEnd bool) (removed int) {
	if l.tree != nil {
		root, own := l.tree.change()
		removed = root.removeEqual(own, e, limit, fromEnd)
	} else {
		removed = l.chunk.removeEqual(e, limit, fromEnd)
	}
	if removed > 0 {
		l.settle()
	}
	return removed
}

// settle lowers the tree as far as it can be after elements were taken out.
func (l *List) settle() {
	for l.tree != nil {
		switch kids := l.tree.kids; {
		case len(kids) == 0:
			*l = List{fill: l.fill}
		case len(kids) > 1:
			return
		case kids[0].branch != nil:
			l.tree.branch = kids[0].branch
		case kids[0].chunk.size() > chunkMax:
			return
		default:
			*l = List{chunk: kids[0].chunk.take(l.tree.own.Strict()).chunk, fill: l.fill}
		}
	}
	l.chunk.shrink()
}

// Ascend calls fn with the elements from i on, 0 ≤ i, until it returns false.
func (l *List) Ascend(i int, fn func(e []byte) bool) {
	if l.tree != nil {
		l.tree.ascend(i, fn)
	} else {
		l.chunk.ascend(i, fn)
	}
}

// Descend calls fn with the elements from i down, i < Len, until it returns
// false.
func (l *List) Descend(i int, fn func(e []byte) bool) {
	if l.tree != nil {
		l.tree.descend(i, fn)
	} else {
		l.chunk.descend(i, fn)
	}
}

// All yields the elements from the first to the last.
func (l *List) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) { l.Ascend(0, yield) }
}

// Kind implements keyspace.Value.
func (*List) Kind() *keyspace.Kind { return &Kind }

// Encoding implements keyspace.Value. As Redis since 7.2, a list is a listpack if
// one node would have all of it. It follows from the elements and the fill alone: in
// Redis a list that shrinks stays a quicklist until it has half of that.
func (l *List) Encoding() string {
	most, count := 8192, math.MaxInt
	if fill := int(l.fill) + defaultFill; fill < 0 {
		most = 4096 << (-fill - 1)
	} else {
		count = max(fill, 1)
	}
	// The elements take fewer bytes there than here, but for whole numbers. At most
	// twenty digits become nine bytes and their frame.
	if l.size() > 3*most || l.Len() > count {
		return "quicklist"
	}
	var packed rdb.Listpack
	for e := range l.All() {
		if packed.Add(e); packed.Size() > most {
			return "quicklist"
		}
	}
	return "listpack"
}

// MemSize implements keyspace.Value. It counts as if all chunks were full: how
// they are cut depends on the history.
func (l *List) MemSize() int64 {
	const own = 48          // List
	const perChunk = 4 * 16 // chunk and kid
	size := int64(l.size())
	return own + size + size/chunkMax*perChunk
}

// Clone implements keyspace.Value.
func (l *List) Clone() keyspace.Value {
	if l.tree != nil {
		return &List{tree: l.tree.clone(), fill: l.fill}
	}
	return &List{chunk: l.chunk.clone(), fill: l.fill}
}

// Freeze implements keyspace.Freezer.
func (l *List) Freeze() keyspace.Value {
	if l.tree == nil {
		return nil
	}
	return &List{tree: l.tree.freeze(), fill: l.fill}
}

// Owner implements keyspace.Freezer.
func (l *List) Owner() *ds.Owner {
	if l.tree == nil {
		return nil
	}
	return &l.tree.own
}

// Release implements keyspace.Freezer.
func (l *List) Release() {
	if l.tree != nil {
		l.tree.own.Release()
	}
}

// filled begins an encoded list that is not cut as by default: the fill follows.
// No length of an element begins so, because it would not be the shortest form.
var filled = []byte{0x80, 0}

// head appends what stands in front of the elements of an encoded list.
func (l *List) head(dst []byte) []byte {
	if l.fill == 0 {
		return dst
	}
	return binary.AppendVarint(append(dst, filled...), int64(l.fill)+defaultFill)
}

// Encode implements keyspace.Value: the elements, each behind its length.
func (l *List) Encode(dst []byte) []byte {
	dst = l.head(slices.Grow(dst, l.size()))
	for e := range l.All() {
		dst = binary.AppendUvarint(dst, uint64(len(e)))
		dst = append(dst, e...)
	}
	return dst
}

// Digest implements keyspace.Value.
func (l *List) Digest(h *xxh3.Hasher) {
	var tmp [len("xx") + binary.MaxVarintLen64]byte
	h.Write(l.head(tmp[:0]))
	for e := range l.All() {
		h.Write(binary.AppendUvarint(tmp[:0], uint64(len(e))))
		h.Write(e)
	}
}

var errDecode = errors.New("list: not an encoded list")

func decode(src []byte) (keyspace.Value, error) {
	l := New()
	if rest, ok := bytes.CutPrefix(src, filled); ok {
		fill, w := binary.Varint(rest)
		if w <= 0 || fill == defaultFill || fill < -5 || fill > math.MaxInt16 {
			return nil, errDecode
		}
		l.setFill(int(fill))
		src = rest[w:]
	}
	for len(src) > 0 {
		n, w := binary.Uvarint(src)
		if w <= 0 || w > 1 && src[w-1] == 0 || n > uint64(len(src)-w) {
			return nil, errDecode
		}
		src = src[w:]
		l.PushBack(src[:n])
		src = src[n:]
	}
	if l.Len() == 0 {
		return nil, errDecode
	}
	l.chunk.shrink()
	return l, nil
}
