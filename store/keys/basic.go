package keys

import "github.com/msredis/msredis/store/keyspace"

// del serves UNLINK too: what is deleted is out of sight at once and its memory
// is the garbage collector's business in both.
func del(c *keyspace.Ctx) {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if c.Delete(key) {
			c.Notify('g', "del", key)
			n++
		}
	}
	c.W.Int(n)
}

func exists(c *keyspace.Ctx) {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if c.Peek(key) != nil {
			n++
		}
	}
	c.W.Int(n)
}

func touch(c *keyspace.Ctx) {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if e := c.Peek(key); e != nil {
			c.Touch(e)
			n++
		}
	}
	c.W.Int(n)
}

func typeOf(c *keyspace.Ctx) {
	if e := c.Peek(c.Args[1]); e != nil {
		c.W.Simple(e.Value().Kind().Name)
	} else {
		c.W.Simple("none")
	}
}
