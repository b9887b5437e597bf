package acl

import (
	"slices"
	"strings"
)

// Context is where a denied command came from.
type Context string

// The contexts, in the words of ACL LOG.
const (
	TopLevel Context = "toplevel"
	InMulti  Context = "multi"
	InScript Context = "lua"
)

const (
	similarMs = 60_000  // entries of one kind within so many milliseconds are one
	similarTo = 10      // how many of the newest entries are compared
	maxObject = 1 << 10 // bytes of a key's name that are kept
)

// LogEntry is a line of ACL LOG. The caller of Add fills the first five fields.
type LogEntry struct {
	Kind    Kind
	Context Context
	Object  string
	User    string
	Client  string // of the last time: as CLIENT LIST shows it

	Count   int64
	ID      int64
	Created int64 // Unix milliseconds
	Updated int64
}

// Reason is the kind in the words of ACL LOG.
func (e *LogEntry) Reason() string {
	switch e.Kind {
	case DeniedCommand:
		return "command"
	case DeniedAuth:
		return "auth"
	case DeniedChannel:
		return "channel"
	case DeniedCertificate:
		return "tls-cert"
	}
	return "key"
}

// Log is the log of what was denied. It is for one goroutine at a time.
type Log struct {
	entries []LogEntry // the newest last
	nextID  int64
}

// Add notes a denial at now, in Unix milliseconds. It counts as another of an entry that
// is alike and no older than a minute. At most limit entries are kept. Of a long name the
// beginning is kept.
func (l *Log) Add(now int64, limit int, e LogEntry) {
	l.trim(limit)
	if limit <= 0 {
		return
	}
	if len(e.Object) > maxObject {
		e.Object = strings.Clone(e.Object[:maxObject])
	}
	last := len(l.entries) - 1
	for i := last; i >= 0 && i > last-similarTo; i-- {
		if old := l.entries[i]; old.similar(&e, now) {
			old.Count, old.Updated, old.Client = old.Count+1, now, e.Client
			copy(l.entries[i:], l.entries[i+1:])
			l.entries[last] = old
			return
		}
	}
	e.Count, e.ID, e.Created, e.Updated = 1, l.nextID, now, now
	l.nextID++
	l.entries = append(l.entries, e)
	l.trim(limit)
}

func (l *Log) trim(limit int) {
	if over := len(l.entries) - max(limit, 0); over > 0 {
		clear(l.entries[:over])
		l.entries = l.entries[over:]
	}
}

func (e *LogEntry) similar(f *LogEntry, now int64) bool {
	age := max(now-e.Updated, e.Updated-now)
	return age <= similarMs && e.Kind == f.Kind && e.Context == f.Context && e.Object == f.Object && e.User == f.User
}

// Entries returns the newest entries, at most count, the newest first.
func (l *Log) Entries(count int) []LogEntry {
	list := slices.Clone(l.entries[len(l.entries)-max(0, min(count, len(l.entries))):])
	slices.Reverse(list)
	return list
}

// Reset forgets all entries. Numbers go on.
func (l *Log) Reset() { l.entries = nil }
