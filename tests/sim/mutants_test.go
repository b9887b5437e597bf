//go:build mutants

package sim

import (
	"testing"

	"github.com/msredis/msredis/internal/mutant"
)

// TestMutants breaks the build in every way that has a name and wants the
// simulation to notice: a scene, or some seed. With -short the seeds are only asked
// when the scenes see nothing.
func TestMutants(t *testing.T) {
	const seeds = 150
	found := map[mutant.Name]int{}
	defer func() { mutant.Active = "" }()
	for _, name := range mutant.All {
		t.Run(string(name), func(t *testing.T) {
			mutant.Active = name
			for i := range scenes {
				if seed, err := scenes[i].try(); err != nil {
					t.Logf("found by the scene %q, seed %d: %.160v", scenes[i].name, seed, err)
					found[name]++
					break
				}
			}
			for seed := uint64(1); seed <= seeds && !(testing.Short() && found[name] > 0); seed++ {
				if _, err := simulate(seed, nil, mixed); err != nil {
					t.Logf("found by seed %d: %.160v", seed, err)
					found[name]++
					break
				}
			}
			if found[name] == 0 {
				t.Errorf("neither the scenes nor %d seeds find it", seeds)
			}
		})
	}
	mutant.Active = ""
	for i := range scenes {
		if seed, err := scenes[i].try(); err != nil {
			t.Errorf("the scene %q, seed %d, fails without a mutant: %v", scenes[i].name, seed, err)
		}
	}
}
