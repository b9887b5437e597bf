package keyspace

import (
	"bytes"
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/internal/varint"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/tables"
)

// sharedTables are the small tables of package tables. They change only while the
// writer uses a single goroutine and holds all locks, so whoever holds the lock
// of a shard may read them.
type sharedTables struct {
	tables.Set
	// touched: a handler has asked for a table to change it, since TablesTouched.
	touched bool
	// long are the names that snapshots may hold in more than one record. A name
	// stays here when it is deleted: one record to delete too many does no harm.
	long map[tableName]bool
}

type tableName struct {
	id   tables.ID
	name string
}

// Table returns one of the tables that all nodes share, which the command's row has to
// name. Names and values that a handler finds there are good until it returns. A read
// of the WholeKeyspace type holds no lock and may not ask.
func (c *Ctx) Table(id tables.ID) tables.Reader {
	if invariants.Enabled && c.alone {
		panic("keyspace: " + c.Cmd.FullName + " reads a table without a lock")
	}
	c.namesTable(id)
	return c.ks.tables.Table(id)
}

// ChangeTable is Table for a handler that changes it. The call has to hold all
// shards: its row is flagged WholeKeyspace, or it may use any key.
func (c *Ctx) ChangeTable(id tables.ID) *tables.Table {
	c.changes()
	if invariants.Enabled && (c.seq == 0 || !c.footprint.AnyKey()) {
		panic("keyspace: " + c.Cmd.FullName + " changes a table and does not hold all shards")
	}
	c.namesTable(id)
	c.ks.tables.touched = true
	return c.ks.tables.Table(id)
}

// footprints are what the footprint of a call has for each table.
var footprints = map[tables.ID]command.Tables{
	tables.Settings:  command.TableSettings,
	tables.Scripts:   command.TableScripts,
	tables.Functions: command.TableFunctions,
	tables.Users:     command.TableUsers,
}

// namesTable checks that the call's footprint has the table.
func (c *Ctx) namesTable(id tables.ID) {
	if invariants.Enabled && !c.footprint.Tables().Has(footprints[id]) {
		panic("keyspace: " + c.Cmd.FullName + " uses a table that its row does not name")
	}
}

// Tables returns all tables, for those who hold a shard's lock, and the writer.
func (ks *Keyspace) Tables() *tables.Set { return &ks.tables.Set }

// TablesTouched reports whether tables may have changed since the last call. Only
// the writer may ask.
func (ks *Keyspace) TablesTouched() bool {
	touched := ks.tables.touched
	ks.tables.touched = false
	if invariants.Enabled && touched {
		ks.checkSettings()
		ks.checkUsers()
	}
	return touched
}

// sumTables adds the tables to a digest.
func (ks *Keyspace) sumTables(sum *Sum) {
	var tmp []byte
	for _, id := range tables.All {
		t := ks.tables.Table(id)
		t.Each("", func(name string, value []byte) bool {
			tmp = binary.BigEndian.AppendUint32(append(tmp[:0], recordTable, byte(id)), uint32(len(name)))
			tmp = append(append(tmp, name...), value...)
			sum.add(xxh3.Hash128(tmp))
			return true
		})
		tmp = binary.BigEndian.AppendUint64(append(tmp[:0], recordTable, byte(id)), t.Version())
		sum.add(xxh3.Hash128(tmp))
	}
}

// tableDelta is what a snapshot has to tell of the tables.
type tableDelta struct {
	changes []tables.Change
	long    []bool // of each: there may be records behind the first
}

// cutTables takes the changes since the last Cut.
func (ks *Keyspace) cutTables() tableDelta {
	d := tableDelta{changes: ks.tables.Cut()}
	for _, c := range d.changes {
		n := tableName{c.ID, c.Name}
		if len(c.Value) > tableRoom {
			ks.tables.setLong(n)
		}
		d.long = append(d.long, ks.tables.long[n])
	}
	return d
}

func (s *sharedTables) setLong(n tableName) {
	if s.long == nil {
		s.long = make(map[tableName]bool)
	}
	s.long[n] = true
}

// write writes the records of the tables.
func (d *tableDelta) write(sink Sink) error {
	var key, end, value []byte
	for i, c := range d.changes {
		key = appendTableKey(key[:0], c.ID, c.Name)
		n := min(len(c.Value), tableRoom)
		var err error
		if c.Value == nil {
			err = sink.Delete(key)
		} else {
			value = binary.AppendUvarint(append(value[:0], formatTable), uint64(len(c.Value)))
			err = sink.Set(key, append(value, c.Value[:n]...))
		}
		if err != nil {
			return err
		}
		if !d.long[i] {
			continue
		}
		head := len(key)
		key = binary.BigEndian.AppendUint32(key, 0)
		end = binary.BigEndian.AppendUint32(append(end[:0], key[:head]...), 1<<32-1)
		if err := sink.DeleteRange(key, end); err != nil {
			return err
		}
		rest := c.Value[n:]
		for number := uint32(1); len(rest) > 0; number++ {
			n := min(len(rest), tableRoom)
			key = binary.BigEndian.AppendUint32(key[:head], number)
			if err := sink.Set(key, append(append(value[:0], formatChunk), rest[:n]...)); err != nil {
				return err
			}
			rest = rest[n:]
		}
	}
	return nil
}

// openTable is a table's value of which records are still to come.
type openTable struct {
	id      tables.ID
	name    string
	key     []byte // of its first record; nil: there is none
	size    uint64
	data    []byte
	records uint32 // behind the first
}

func (l *Loader) addTable(record, value []byte) error {
	if len(record) < tableHead {
		return errRecord
	}
	id, name := tables.ID(record[1]), record[tableHead:]
	f := varint.Reader{B: value}
	format, size := f.Byte(), f.Uvarint()
	if !id.Known() || binary.BigEndian.Uint32(record[2:]) != uint32(len(name)) ||
		f.Bad || format != formatTable || size > maxValueSize || uint64(len(f.B)) > size {
		return errRecord
	}
	o := openTable{id: id, name: string(name), size: size, data: bytes.Clone(f.B)}
	if uint64(len(f.B)) == size {
		l.ks.tables.Load(id, o.name, o.data)
		return nil
	}
	o.key = bytes.Clone(record)
	l.openTable = o
	return nil
}

func (l *Loader) addTableChunk(record, value []byte) error {
	o := &l.openTable
	number, ok := bytes.CutPrefix(record, o.key)
	o.records++
	if !ok || len(number) != 4 || binary.BigEndian.Uint32(number) != o.records ||
		len(value) < 2 || value[0] != formatChunk || uint64(len(o.data)+len(value)-1) > o.size {
		return errRecord
	}
	o.data = append(o.data, value[1:]...)
	if uint64(len(o.data)) == o.size {
		l.ks.tables.setLong(tableName{o.id, o.name})
		l.ks.tables.Load(o.id, o.name, o.data)
		*o = openTable{}
	}
	return nil
}
