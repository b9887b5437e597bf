package acl

import (
	"slices"
	"strings"
)

// Users are all users at one moment. The value is immutable, so sessions may share it by
// an atomic pointer.
type Users struct {
	version uint64
	byName  map[string]*User
	sorted  []*User
}

// NewUsers returns the users of a list. A later one replaces an earlier one of its name.
// version is the caller's: two values of one version have the same users.
func NewUsers(version uint64, list []*User) *Users {
	s := &Users{version: version, byName: make(map[string]*User, len(list))}
	for _, u := range list {
		s.byName[u.name] = u
	}
	for _, u := range s.byName {
		s.sorted = append(s.sorted, u)
	}
	slices.SortFunc(s.sorted, func(a, b *User) int { return strings.Compare(a.name, b.name) })
	return s
}

// Version returns what NewUsers was given.
func (s *Users) Version() uint64 { return s.version }

// Get returns a user, or nil.
func (s *Users) Get(name []byte) *User { return s.byName[string(name)] }

// All returns the users in the order of their names. The slice must not be changed.
func (s *Users) All() []*User { return s.sorted }

// Authenticate returns the user of a name if somebody may be that user with a password,
// and else nil.
func (s *Users) Authenticate(name, password []byte) *User {
	if u := s.Get(name); u != nil && u.CheckPassword(password) {
		return u
	}
	return nil
}
