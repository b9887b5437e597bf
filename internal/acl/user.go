package acl

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/msredis/msredis/internal/quoted"
)

// DefaultName is the name of the user that a connection is before AUTH.
const DefaultName = "default"

// User is a user with its rights. It is immutable; the methods that change something
// return another one.
type User struct {
	name      string
	on        bool
	nopass    bool
	unchecked bool // skip-sanitize-payload
	passwords []hash
	// selectors are the user's own rights first, which are always there, and those in
	// parentheses. A command is allowed if one of them allows all of it.
	selectors    []*selector
	unrestricted bool
	line         string
	since        uint64 // see Since
}

// hash is the SHA-256 of a password: the password itself is kept nowhere.
type hash [sha256.Size]byte

func (h hash) String() string { return hex.EncodeToString(h[:]) }

// New returns a user as ACL SETUSER makes one: off, without a password and without any
// right. allChannels is the option acl-pubsub-default: all channels are allowed.
func New(name string, b *Rulebook, allChannels bool) *User {
	u := &User{name: name, selectors: []*selector{newSelector(allChannels)}}
	u.finish(b)
	return u
}

// Default returns the default user as it is where nobody has changed it: it may do
// everything, and needs no password.
func Default(b *Rulebook) *User {
	s := newSelector(true)
	s.allKeys, s.all = true, true
	u := &User{name: DefaultName, on: true, nopass: true, selectors: []*selector{s}}
	u.finish(b)
	return u
}

// finish computes what follows from a user's rules.
func (u *User) finish(b *Rulebook) {
	u.unrestricted = false
	for _, s := range u.selectors {
		s.compile(b)
		u.unrestricted = u.unrestricted || s.unrestricted()
	}
	u.line = u.describe()
}

// clone returns a copy that may be changed.
func (u *User) clone() *User {
	c := *u
	c.passwords = slices.Clone(u.passwords)
	c.selectors = make([]*selector, len(u.selectors))
	for i, s := range u.selectors {
		c.selectors[i] = s.clone()
	}
	return &c
}

// Name returns the user's name.
func (u *User) Name() string { return u.name }

// On reports whether anybody may authenticate as the user.
func (u *User) On() bool { return u.on }

// NoPass reports whether every password is right.
func (u *User) NoPass() bool { return u.nopass }

// Unrestricted reports whether the user may do everything. Nobody need ask Check then.
func (u *User) Unrestricted() bool { return u.unrestricted }

// Line returns the user as ACL LIST shows it and an ACL file has it: "user alice on …".
// Parse makes the same user of it. Equal users have equal lines.
func (u *User) Line() string { return u.line }

// ConfigLine returns the user as a line of a configuration has it behind its first word.
// Words are in quotes there if they would be read as others.
func (u *User) ConfigLine() string {
	var line []byte
	for i, word := range strings.Split(u.line, " ")[1:] {
		if i > 0 {
			line = append(line, ' ')
		}
		if strings.ContainsFunc(word, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\'' }) {
			line = quoted.Append(line, []byte(word))
		} else {
			line = append(line, word...)
		}
	}
	return string(line)
}

// CheckPassword reports whether somebody may authenticate as the user with a password.
// The time it takes does not depend on how much of the password is right.
func (u *User) CheckPassword(password []byte) bool {
	if !u.on {
		return false
	}
	if u.nopass {
		return true
	}
	sum, right := sha256.Sum256(password), 0
	for i := range u.passwords {
		right |= subtle.ConstantTimeCompare(sum[:], u.passwords[i][:])
	}
	return right == 1
}

// Flags returns the user's flags by Redis's names, as ACL GETUSER shows them.
func (u *User) Flags() []string {
	flags := []string{"off"}
	if u.on {
		flags[0] = "on"
	}
	if u.nopass {
		flags = append(flags, "nopass")
	}
	if u.unchecked {
		return append(flags, "skip-sanitize-payload")
	}
	return append(flags, "sanitize-payload")
}

// Passwords returns the SHA-256 of the user's passwords in hexadecimal, in the order in
// which they were given.
func (u *User) Passwords() []string {
	list := make([]string, len(u.passwords))
	for i, p := range u.passwords {
		list[i] = p.String()
	}
	return list
}

// Rights are a set of rights in the words of ACL GETUSER.
type Rights struct{ Commands, Keys, Channels string }

// Rights returns the user's own rights, and those of the selectors.
func (u *User) Rights() (own Rights, selectors []Rights) {
	for i, s := range u.selectors {
		r := Rights{s.commandText(), strings.Join(s.keyRules(), " "), strings.Join(s.channelRules(), " ")}
		if i == 0 {
			own = r
		} else {
			selectors = append(selectors, r)
		}
	}
	return own, selectors
}

// describe makes the line.
func (u *User) describe() string {
	words := append([]string{"user", u.name}, u.Flags()...)
	for _, p := range u.passwords {
		words = append(words, "#"+p.String())
	}
	for i, s := range u.selectors {
		if text := s.describe(); i == 0 {
			words = append(words, text)
		} else {
			words = append(words, "("+text+")")
		}
	}
	return strings.Join(words, " ")
}
