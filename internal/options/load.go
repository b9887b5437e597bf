package options

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/msredis/msredis/internal/quoted"
)

// maxInclude bounds how deep files include each other, so that a file that
// includes itself is an error and not an endless start.
const maxInclude = 16

// LoadArgs takes the arguments of the process as redis-server does:
//
//	[file | -] [--option value ...] ...
//
// A file is read first, "-" stands for standard input, and the options of the
// command line overrule both. The error is one line that names the place.
func (s *Set) LoadArgs(args []string) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "--") {
		var err error
		if args[0] == "-" {
			err = s.loadFrom(os.Stdin, "standard input", 0)
		} else {
			err = s.LoadFile(args[0])
		}
		if err != nil {
			return err
		}
		args = args[1:]
	}
	for len(args) > 0 {
		name, ok := strings.CutPrefix(args[0], "--")
		if !ok {
			return fmt.Errorf("argument '%s': expected an option that starts with --", args[0])
		}
		n := 1
		if n < len(args) && !s.ends(name, args[n]) {
			// The word behind the name is its value even if it looks like an option.
			n++
		}
		for n < len(args) && n > 1 && !strings.HasPrefix(args[n], "--") {
			n++
		}
		if err := s.load(name, args[1:n]); err != nil {
			return fmt.Errorf("option --%s: %w", s.shown(name, args[1:n]), err)
		}
		s.noteVisible(name)
		args = args[n:]
	}
	return nil
}

// ends reports whether next is an option of its own behind --name. As in
// Redis, only "save" may go without a value.
func (s *Set) ends(name, next string) bool {
	return strings.EqualFold(name, "save") && strings.HasPrefix(next, "--")
}

// LoadFile reads a file in redis.conf's syntax and remembers it for Rewrite.
func (s *Set) LoadFile(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := s.loadFile(path, 0); err != nil {
		return err
	}
	s.mu.Lock()
	s.file = abs
	s.mu.Unlock()
	return nil
}

func (s *Set) loadFile(path string, depth int) error {
	f, err := os.Open(path)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return fmt.Errorf("can't open config file '%s': %w", path, err)
	}
	defer f.Close()
	return s.loadFrom(f, path, depth)
}

func (s *Set) loadFrom(r io.Reader, name string, depth int) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("can't read config file '%s': %w", name, err)
	}
	number := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		number++
		line = strings.Trim(line, " \t\r")
		if line == "" || line[0] == '#' {
			continue
		}
		words, ok := quoted.Split(line)
		if !ok {
			return fmt.Errorf("%s:%d: '%s': %w", name, number, firstWord(line), errQuotes)
		}
		if strings.EqualFold(words[0], "include") && len(words) == 2 {
			if err := s.include(words[1], depth+1); err != nil {
				return fmt.Errorf("%s:%d: %w", name, number, err)
			}
			continue
		}
		if err := s.load(words[0], words[1:]); err != nil {
			return fmt.Errorf("%s:%d: '%s': %w", name, number, s.shown(words[0], words[1:]), err)
		}
	}
	return nil
}

// include reads the files that pattern matches, in the order of their names. A
// pattern without wildcards must name a file.
func (s *Set) include(pattern string, depth int) error {
	if depth > maxInclude {
		return fmt.Errorf("files include each other more than %d deep", maxInclude)
	}
	if !strings.ContainsAny(pattern, "*?[") {
		return s.loadFile(pattern, depth)
	}
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return fmt.Errorf("include '%s': %w", pattern, err)
	}
	for _, path := range paths {
		if err := s.loadFile(path, depth); err != nil {
			return err
		}
	}
	return nil
}

// load sets one option from a file or the command line.
func (s *Set) load(name string, words []string) error {
	if strings.EqualFold(name, "include") && len(words) == 1 {
		return s.include(words[0], 1)
	}
	sl, ok := s.lookup(name)
	if !ok {
		return s.directive(strings.ToLower(name), words)
	}
	if len(words) == 0 {
		if sl.row.Name != "save" {
			return errArgCount
		}
		words = []string{""}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := sl.row.parse(words, *sl.text.Load())
	if err != nil {
		return err
	}
	initial := sl.row.initial()
	switch sl.row.Effect {
	case Fixed:
		if v != initial {
			s.note(fmt.Sprintf("option %s %s has no effect: %s", sl.row.Name, v.text, sl.row.Doc))
		}
		return nil
	case Cluster:
		s.given[sl] = v.text
	case Refused:
		if v != initial {
			return fmt.Errorf("not supported: %s", sl.row.Doc)
		}
		return nil
	case Ignored:
		if v != initial {
			s.note(fmt.Sprintf("option %s has no effect", sl.row.Name))
		}
	}
	sl.store(v)
	return nil
}

// userDirective is a line that makes a user. There may be any number of them.
const userDirective = "user"

// UserLines returns the words of the lines that make users, without the first.
func (s *Set) UserLines() [][][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users
}

// directive takes a line that sets no option.
func (s *Set) directive(name string, words []string) error {
	reason, refused := refusedDirectives[name]
	switch {
	case name == "rename-command" && len(words) == 2:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.renames = append(s.renames, Pair{words[0], words[1]})
		return nil
	case name == userDirective && len(words) > 0:
		s.mu.Lock()
		defer s.mu.Unlock()
		var line [][]byte
		for _, word := range words {
			line = append(line, []byte(word))
		}
		if slices.ContainsFunc(s.users, func(other [][]byte) bool { return string(other[0]) == words[0] }) {
			return fmt.Errorf("Error in user declaration '%s': Duplicate user found. A user can only be defined once in config files", words[0])
		}
		s.users = append(s.users, line)
		return nil
	case refused && len(words) > 0:
		return fmt.Errorf("not supported: %s", reason)
	case indexOf(forgotten, name) >= 0 && len(words) == 1:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.note(fmt.Sprintf("option %s has no effect", name))
		return nil
	}
	return errDirective
}

// noteVisible says that a secret on the command line is none on this machine.
func (s *Set) noteVisible(name string) {
	if sl, ok := s.lookup(name); ok && sl.row.Secret && *sl.text.Load() != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.note(fmt.Sprintf("option %s is on the command line, where every user of this machine sees it: put it into a file", sl.row.Name))
	}
}

// note adds a line to Notes, once.
func (s *Set) note(line string) {
	if indexOf(s.notes, line) < 0 {
		s.notes = append(s.notes, line)
	}
}

// shown is an option as an error message may show it: without secrets.
func (s *Set) shown(name string, words []string) string {
	if sl, ok := s.lookup(name); ok && sl.row.Secret || strings.EqualFold(name, userDirective) {
		return name
	}
	return strings.Join(append([]string{name}, words...), " ")
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return word
}
