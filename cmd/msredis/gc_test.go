package main

import "testing"

func TestGCPercent(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for _, tt := range []struct {
		name               string
		base, live, arenas uint64
		want               uint64
	}{
		{"nothing known", 100, 0, 0, 100},
		{"no arenas", 100, 500 * mb, 0, 100},
		{"no arenas, GOGC", 40, 500 * mb, 0, 40},
		{"small", 100, 20 * mb, 15 * mb, 100},
		{"half", 100, 1000 * mb, 500 * mb, 50},
		{"half, GOGC", 50, 1000 * mb, 500 * mb, 25},
		{"nearly all", 100, 1000 * mb, 990 * mb, 5},
		{"arenas have grown since", 100, 1000 * mb, 2000 * mb, 5},
		{"a low GOGC stays", 3, 1000 * mb, 990 * mb, 3},
	} {
		if got := gcPercent(tt.base, tt.live, tt.arenas); got != tt.want {
			t.Errorf("%s: %d percent, want %d", tt.name, got, tt.want)
		}
	}
}
