package keyspace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync/atomic"
)

// errStopped is what Delta.Write returns after Stop.
var errStopped = errors.New("keyspace: the snapshot was stopped")

// write writes the table's part of a snapshot.
func (p *pending) write(w *recordWriter, stop *atomic.Bool) error {
	t := p.table
	if p.flushed {
		w.key = appendTablePrefix(w.key[:0], t.id)
		w.value = appendTablePrefix(w.value[:0], t.id)
		for i := len(w.value) - 1; ; i-- { // the next prefix
			if w.value[i]++; w.value[i] != 0 {
				break
			}
		}
		if err := w.sink.DeleteRange(w.key, w.value); err != nil {
			return err
		}
	}
	p.sort()
	p.mu.Lock()
	p.step = w.step // of the table before
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		for i := range p.step {
			p.step[i].drop()
		}
		clear(p.step[:cap(p.step)])
		w.step, p.step, p.wrote = p.step[:0], nil, 0
		p.mu.Unlock()
	}()
	for p.take() {
		for i := range p.step {
			if stop.Load() {
				return errStopped
			}
			it, err := w.encode(p, i)
			if err == nil {
				err = w.item(p, &it)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// encode returns the item i of the step, encoded, and lets go of its value. A value
// that panics fails the snapshot and nothing else.
func (w *recordWriter) encode(p *pending, i int) (it item, err error) {
	p.mu.Lock()
	it = p.step[i]
	if !it.view {
		defer p.mu.Unlock() // the applier does not change it meanwhile
	} else {
		p.step[i], p.wrote = item{key: it.key}, i+1
		p.mu.Unlock()
		defer Release(it.value)
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("keyspace: the value of %.64q cannot be encoded: %v\n%s", it.key, cause, debug.Stack())
		}
	}()
	if it.value != nil {
		if cap(w.data) > 4*chunkSize {
			w.data = nil
		}
		w.data = it.value.Encode(w.data[:0])
		it.data = w.data
	}
	if !it.view {
		p.step[i], p.wrote = item{key: it.key}, i+1
	}
	return it, nil
}

// recordWriter turns items into records. Its buffers are used again.
type recordWriter struct {
	sink             Sink
	key, value, data []byte
	step             []item
}

func (w *recordWriter) item(p *pending, it *item) error {
	t := p.table
	w.key = appendKey(w.key[:0], t.id, it.key)
	if it.head.tag == 0 {
		if err := w.sink.Delete(w.key); err != nil {
			return err
		}
		return w.chunks(p, it, nil, 0)
	}
	it.head.size = len(it.data)
	w.value = it.head.append(w.value[:0])
	n := min(len(it.data), chunkSize-len(w.value))
	w.value = append(w.value, it.data[:n]...)
	if err := w.sink.Set(w.key, w.value); err != nil {
		return err
	}
	return w.chunks(p, it, it.data[n:], it.head.version)
}

// chunks writes what did not fit behind the head, and deletes what the key's
// value had more of before.
func (w *recordWriter) chunks(p *pending, it *item, rest []byte, version uint64) error {
	t := p.table
	old := t.chunked[it.key]
	if len(rest) == 0 && old == 0 {
		return nil
	}
	n := 0
	for len(rest) > 0 {
		n++
		w.key = appendChunkKey(w.key[:0], t.id, it.key, n)
		w.value = binary.AppendUvarint(append(w.value[:0], formatChunk), version)
		size := min(len(rest), chunkSize-len(w.value))
		w.value = append(w.value, rest[:size]...)
		rest = rest[size:]
		if err := w.sink.Set(w.key, w.value); err != nil {
			return err
		}
	}
	for i := n + 1; i <= old; i++ {
		w.key = appendChunkKey(w.key[:0], t.id, it.key, i)
		if err := w.sink.Delete(w.key); err != nil {
			return err
		}
	}
	// Should this snapshot fail, the next one deletes a record too many; one
	// too few would stay for ever.
	t.setChunks(it.key, max(n, old))
	if p.chunked == nil {
		p.chunked = make(map[string]int)
	}
	p.chunked[strings.Clone(it.key)] = n
	return nil
}

// setChunks notes how many chunk records snapshots may have of a key.
func (t *table) setChunks(key string, n int) {
	switch {
	case n == 0:
		delete(t.chunked, key)
	case t.chunked == nil:
		t.chunked = map[string]int{strings.Clone(key): n}
	default:
		t.chunked[strings.Clone(key)] = n
	}
}
