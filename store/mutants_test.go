//go:build mutants

package store_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

// TestViewMutants lets writers forget that somebody has a view, in every way that has a
// name. CheckViews has to notice.
func TestViewMutants(t *testing.T) {
	defer func() { mutant.Active = "" }()
	for _, name := range mutant.Views {
		mutant.Active = name
		found := 0
		for family, of := range families {
			v := of()
			v.Steps = 2500
			if err := caught(t, v); err != nil {
				found++
				t.Logf("%s is found by %s: %.120v", name, family, err)
			}
		}
		if found == 0 {
			t.Errorf("nothing finds %s", name)
		}
	}
}

// caught is CheckViews where a mutant may panic, too.
func caught(t *testing.T, v storetest.Viewed) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("it panics: %v", cause)
		}
	}()
	return storetest.CheckViews(t, store.Kinds(), store.Rows(), 1, v)
}
