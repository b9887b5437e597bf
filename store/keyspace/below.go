package keyspace

// Below returns a random number in [0, n), n > 0, of the command's sequence.
func (c *Ctx) Below(n int) int { return int(c.below(uint64(n))) }
