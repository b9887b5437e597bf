package stream

import "math/bits"

// idBytes is how long an ID is as a key of Redis's radix tree: both numbers, the
// highest byte first.
const idBytes = 16

// sharedBytes returns how many bytes two IDs have in common at their front.
func sharedBytes(a, b ID) int {
	if a.MS != b.MS {
		return bits.LeadingZeros64(a.MS^b.MS) / 8
	}
	return 8 + bits.LeadingZeros64(a.Seq^b.Seq)/8
}

// radixNodes returns the number of nodes of the radix tree in which Redis keeps the
// chunks. There is one for each chunk, one for each byte at which keys part, and one
// for each run of bytes at which none do.
func (s *Stream) radixNodes() int {
	if s.chunks.len() == 0 {
		return 1
	}
	nodes := s.chunks.len()
	var open []int // depths of the partings above the last key
	below := idBytes
	// link counts the run between a parting and what is below it.
	link := func(depth int) {
		if below > depth+1 {
			nodes++
		}
	}
	var previous *chunk
	s.chunks.each(minID, func(c *chunk) bool {
		if previous != nil {
			depth := sharedBytes(previous.id, c.id)
			below = idBytes
			for len(open) > 0 && open[len(open)-1] > depth {
				link(open[len(open)-1])
				below, open = open[len(open)-1], open[:len(open)-1]
			}
			if len(open) == 0 || open[len(open)-1] < depth {
				open = append(open, depth)
				nodes++
			}
			link(depth)
		}
		previous = c
		return true
	})
	below = idBytes
	for i := len(open) - 1; i >= 0; i-- {
		link(open[i])
		below = open[i]
	}
	link(-1)
	return nodes
}
