package options

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/resp/reply"
)

// Pair is an option's name and its value as text.
type Pair struct{ Name, Value string }

// Get answers CONFIG GET: the options whose names match any of the patterns,
// each once, in any case. A pattern without wildcards is a name, and is
// answered as it is spelled.
func (s *Set) Get(patterns ...string) []Pair {
	var pairs []Pair
	seen := map[string]bool{}
	take := func(shown, name string) {
		if !seen[name] {
			seen[name] = true
			p := Pair{shown, *s.byName[name].text.Load()}
			if s.byName[name].row.Masked {
				p.Value = ""
			}
			pairs = append(pairs, p)
		}
	}
	for _, pattern := range patterns {
		name := strings.ToLower(pattern)
		if !strings.ContainsAny(name, "*?[") {
			if _, ok := s.byName[name]; ok {
				take(pattern, name)
			}
			continue
		}
		for _, row := range s.rows {
			for _, n := range []string{row.Name, row.Alias} {
				if n != "" && !row.Hidden && glob.Match([]byte(name), []byte(n), false) {
					take(n, n)
				}
			}
		}
	}
	return pairs
}

// Change answers CONFIG SET: it sets all of the options or, with an error whose text is
// the reply for the client, none. When it returns, every listener has been told of the
// change. Options of the cluster may take it a moment.
func (s *Set) Change(pairs []Pair) error { return s.change(pairs, false) }

// ChangeAll is Change by somebody who may change the protected options, too.
func (s *Set) ChangeAll(pairs []Pair) error { return s.change(pairs, true) }

func (s *Set) change(pairs []Pair, protected bool) error {
	cluster, err := s.check(pairs, protected)
	if err != nil {
		return err
	}
	if s.tried(pairs) {
		s.trying.Lock()
		defer s.trying.Unlock()
	}
	undo, err := s.try(pairs)
	if err != nil {
		return err
	}
	if len(cluster) > 0 && s.share != nil {
		if err := s.share(cluster); err != nil {
			undo()
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var changed []*slot
	for _, p := range pairs {
		sl, _ := s.lookup(p.Name)
		if sl.row.Effect == Cluster && s.share != nil && !sl.row.Secret {
			continue // Follow has heard of it
		}
		v, err := s.parseChange(sl, p.Value) // as checked, but for what has changed since
		if err == nil && (*sl.text.Load() != v.text || sl.row.Reloads) {
			sl.store(v)
			changed = append(changed, sl)
		}
	}
	s.tell(changed)
	return nil
}

// check reports what is wrong with a CONFIG SET, and returns those of its options
// that belong to the cluster.
func (s *Set) check(pairs []Pair, protected bool) (cluster []Pair, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slots := make([]*slot, len(pairs))
	for i, p := range pairs {
		sl, ok := s.lookup(p.Name)
		if !ok {
			return nil, fmt.Errorf(reply.ErrConfigUnknown, p.Name)
		}
		slots[i] = sl
		if err := changeable(sl, p.Name, pairs[:i], protected); err != nil {
			return nil, fmt.Errorf(reply.ErrConfigSet, p.Name, err)
		}
	}
	fresh := map[*slot]string{}
	for i, p := range pairs {
		v, err := s.parseChange(slots[i], p.Value)
		if err != nil {
			return nil, fmt.Errorf(reply.ErrConfigSet, p.Name, err)
		}
		fresh[slots[i]] = v.text
		if slots[i].row.Effect == Cluster {
			cluster = append(cluster, Pair{slots[i].row.Name, v.text})
		}
	}
	for i, p := range pairs {
		for _, check := range s.together[slots[i]] {
			if err := check(func(name string) string {
				if text, ok := fresh[s.byName[name]]; ok {
					return text
				}
				return *s.byName[name].text.Load()
			}); err != nil {
				return nil, fmt.Errorf(reply.ErrConfigSet, p.Name, err)
			}
		}
	}
	return cluster, nil
}

// tried reports whether there is something to try.
func (s *Set) tried(pairs []Pair) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(pairs, func(p Pair) bool { return s.tries[s.byName[strings.ToLower(p.Name)]] != nil })
}

// try does what the changes need that can fail. undo takes it back.
func (s *Set) try(pairs []Pair) (undo func(), err error) {
	var done []func()
	undo = func() {
		for _, fn := range done {
			fn()
		}
	}
	for _, p := range pairs {
		sl, _ := s.lookup(p.Name)
		s.mu.Lock()
		fn, old := s.tries[sl], *sl.text.Load()
		v, err := s.parseChange(sl, p.Value)
		s.mu.Unlock()
		if fn == nil || err != nil || v.text == old {
			continue
		}
		if err := fn(v.text); err != nil {
			undo()
			return nil, fmt.Errorf(reply.ErrConfigSet, p.Name, err)
		}
		done = append(done, func() { _ = fn(old) }) // it held until now
	}
	return undo, nil
}

// tell calls those who asked to be told. s.mu is held.
func (s *Set) tell(changed []*slot) {
	for _, sl := range changed {
		for _, fn := range s.onChange[sl] {
			fn()
		}
	}
}

// changeable reports why an option may not be in a CONFIG SET behind the others.
// The older name of an option counts as another one, as in Redis: the last counts.
func changeable(sl *slot, name string, others []Pair, protected bool) error {
	if sl.row.Protected && !protected {
		return errProtected
	}
	if sl.row.Effect == Start {
		return errImmutable
	}
	for _, other := range others {
		if strings.EqualFold(other.Name, name) {
			return errDuplicate
		}
	}
	return nil
}

func (s *Set) parseChange(sl *slot, text string) (value, error) {
	words, old := []string{text}, *sl.text.Load()
	if sl.row.Multi {
		words = strings.Fields(text)
	}
	if sl.row.Adds {
		old = ""
	}
	v, err := sl.row.parse(words, old)
	if err == nil && !sl.row.Mutable() && v != sl.row.initial() {
		err = errors.New(sl.row.Doc)
	}
	if check := s.checks[sl]; check != nil && err == nil {
		err = check(v.num)
	}
	return v, err
}

// Check has fn called for what CONFIG SET is about to make of a numeric option; its
// error is why it does not.
func (s *Set) Check(name string, fn func(n int64) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checks[s.must(name, Int, Memory)] = fn
}

// CheckTogether has fn called when CONFIG SET is about to change any of the options. It
// is given what they would be; its error is why they are not changed.
func (s *Set) CheckTogether(names []string, fn func(value func(name string) string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		sl := s.must(name, Text, Enum, Bool, Int)
		s.together[sl] = append(s.together[sl], fn)
	}
}

// Try has fn called when CONFIG SET is about to change the option and everything else
// about it is right. fn does what the new value asks for. Its error is why the option is
// not changed, and means that nothing was done.
func (s *Set) Try(name string, fn func(text string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries[s.must(name, Text)] = fn
}

// OnChange has fn called after every CONFIG SET that changed the option. Calls
// come one at a time; fn may read options but not change them. It must not wait
// for anything: entries of the log change options too.
func (s *Set) OnChange(name string, fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sl, ok := s.byName[name]
	if !ok {
		panic("options: no such option: " + name)
	}
	s.onChange[sl] = append(s.onChange[sl], fn)
}
