package mishap

import (
	"strings"
	"testing"
)

//go:noinline
func inner(list []int) int { return list[len(list)] }

//go:noinline
func middle() int { return func() int { return inner(nil) }() }

//go:noinline
func outer(look func()) {
	defer look()
	middle()
}

func TestBetween(t *testing.T) {
	const pkg = "github.com/msredis/msredis/internal/mishap."
	var names []string
	func() {
		defer func() { _ = recover() }()
		outer(func() { names = Between(pkg + "outer") })
	}()
	got := strings.Join(names, " ")
	if !strings.Contains(got, pkg+"inner "+pkg+"middle") || strings.Contains(got, "TestBetween") || strings.Contains(got, pkg+"outer") {
		t.Errorf("%s", got)
	}
	if !Passed(names, "x.", pkg+"inner") || Passed(names, pkg+"outer") {
		t.Errorf("passed: %q", names)
	}
}
