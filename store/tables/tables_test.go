package tables

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"testing"
)

// A table does what a map does, and what a shelf knows from its changes is the
// table.
func TestTableAgainstMap(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewSource(1))
	var s Set
	table := s.Table(Users)
	model, saved := map[string]string{}, map[string]string{}
	version := uint64(0)
	for step := range 20_000 {
		name := fmt.Sprint(rng.Intn(40))
		switch r := rng.Intn(100); {
		case r < 60:
			value := fmt.Sprint(rng.Intn(5))
			if old, ok := model[name]; !ok || old != value {
				version++
			}
			bytes := []byte(value)
			table.Set(name, bytes)
			bytes[0] = '!' // the table has a copy
			model[name] = value
		case r < 95:
			_, ok := model[name]
			if table.Delete(name) != ok {
				t.Fatalf("step %d: deleting %s, which is there: %v", step, name, ok)
			}
			if ok {
				version++
			}
			delete(model, name)
		case r < 96:
			if len(model) > 0 {
				version++
			}
			table.Clear()
			clear(model)
		default:
			changes := s.Cut()
			if !slices.IsSortedFunc(changes, func(a, b Change) int { return a.Before(&b) }) {
				t.Fatal("the changes have no order")
			}
			if rng.Intn(2) == 0 {
				s.Undo(changes)
				break
			}
			for _, c := range changes {
				if c.Value == nil {
					delete(saved, c.Name)
				} else {
					saved[c.Name] = string(c.Value)
				}
			}
			if !maps.Equal(saved, model) {
				t.Fatalf("step %d: saved %v, want %v", step, saved, model)
			}
		}
		check(t, table, model, name)
		if table.Version() != version {
			t.Fatalf("step %d: version %d, want %d", step, table.Version(), version)
		}
	}
}

func check(t *testing.T, table *Table, model map[string]string, from string) {
	t.Helper()
	var want []string
	bytes := int64(0)
	for _, name := range slices.Sorted(maps.Keys(model)) {
		bytes += itemBytes + int64(len(name)+len(model[name]))
		if name >= from {
			want = append(want, name+"="+model[name])
		}
		if value, ok := table.Get(name); !ok || string(value) != model[name] {
			t.Fatalf("%s is %q, %v; want %q", name, value, ok, model[name])
		}
	}
	var got []string
	table.Each(from, func(name string, value []byte) bool {
		got = append(got, name+"="+string(value))
		return true
	})
	if !slices.Equal(got, want) || table.Len() != len(model) || table.Bytes() != bytes {
		t.Fatalf("%d names, %d bytes, from %s on %v; want %d, %d, %v", table.Len(), table.Bytes(), from, got, len(model), bytes, want)
	}
}

// What was loaded has the versions of the snapshot, and no change to tell of.
func TestLoaded(t *testing.T) {
	t.Parallel()
	var s Set
	s.Table(Scripts).Set("a", []byte("1"))
	s.Table(Scripts).Set("b", nil)
	s.Table(Users).Set("gone", nil)
	s.Table(Users).Clear()
	figures := s.Figures()
	var loaded Set
	for _, c := range s.Cut() {
		if c.Value != nil {
			loaded.Load(c.ID, c.Name, c.Value)
		}
	}
	if err := loaded.Loaded(figures); err != nil {
		t.Fatal(err)
	}
	if loaded.Figures() != figures || loaded.Bytes() != s.Bytes() {
		t.Errorf("figures %v, %d bytes; want %v, %d", loaded.Figures(), loaded.Bytes(), figures, s.Bytes())
	}
	if changes := loaded.Cut(); len(changes) > 0 {
		t.Errorf("changes: %v", changes)
	}
	for i := range figures {
		wrong := figures
		wrong[i].Len++
		if loaded.Loaded(wrong) == nil {
			t.Errorf("a name of table %d is missing, and nobody notices", All[i])
		}
	}
	figures[1].Version = 0
	if loaded.Loaded(figures) == nil {
		t.Error("names without a change are accepted")
	}
}
