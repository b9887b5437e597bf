package invariants

import "testing"

func TestConfined(t *testing.T) {
	t.Parallel()
	var c Confined
	c.Enter()()
	leave := c.Enter()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a second one got in")
			}
		}()
		c.Enter()
	}()
	leave()
	c.Enter()()
}
