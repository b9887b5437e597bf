package evict

// Stamp is what a node remembers of the use of a key. It says itself which of its
// two forms it has, so a change of the policy leaves no stamp that is misread:
//
//	31 bits  0 | seconds of the last use                     without LFU
//	31 bits  1 | 23 bits minutes of the last use | counter   with LFU
//
// Times wrap around: a key that nobody used for 34 years, or 8 with LFU, looks used.
//
// The counter is Redis's: it grows with the logarithm of the number of uses, and
// falls with the time that nobody used the key.
type Stamp uint32

const (
	frequencyForm = Stamp(1) << 31
	secondsMask   = 1<<31 - 1
	minutesMask   = 1<<23 - 1

	// firstCount is the counter of a new key: it is not evicted before it had a
	// chance to be used again.
	firstCount = 5
)

// UsedAt is the stamp of a key that was used at clock, in Unix milliseconds.
func UsedAt(clock int64) Stamp { return Stamp(clock/1000) & secondsMask }

// Counted is the stamp of a key with that counter, used at clock.
func Counted(counter uint8, clock int64) Stamp {
	return frequencyForm | Stamp(clock/60_000)&minutesMask<<8 | Stamp(counter)
}

// New is the stamp of a key that is made at clock.
func New(clock int64, lfu bool) Stamp {
	if lfu {
		return Counted(firstCount, clock)
	}
	return UsedAt(clock)
}

// Idle returns for how many seconds the key was not used.
func (s Stamp) Idle(clock int64) int64 {
	if s&frequencyForm != 0 {
		return s.idleMinutes(clock) * 60
	}
	return since(clock/1000, int64(s), secondsMask)
}

// idleMinutes is Idle in minutes of the clock.
func (s Stamp) idleMinutes(clock int64) int64 {
	if s&frequencyForm == 0 {
		return s.Idle(clock) / 60
	}
	return since(clock/60_000, int64(s>>8), minutesMask)
}

// since returns how far now is ahead of then; 0 if it is behind: the clocks of two
// leaders may differ a little.
func since(now, then, mask int64) int64 {
	d := (now - then) & mask
	if d > mask/2 {
		return 0
	}
	return d
}

// Frequency returns the counter as it is at clock: it has lost one for each decay
// minutes. With decay 0 it loses nothing.
func (s Stamp) Frequency(clock int64, decay int) uint8 {
	counter := int64(firstCount)
	if s&frequencyForm != 0 {
		counter = int64(s & 0xff)
	}
	if decay > 0 {
		counter = max(counter-s.idleMinutes(clock)/int64(decay), 0)
	}
	return uint8(counter)
}

// Hit is the stamp with LFU after one more use. The higher factor, the more uses
// the counter needs; random is called if it decides.
func (s Stamp) Hit(clock int64, factor, decay int, random func() uint64) Stamp {
	counter := s.Frequency(clock, decay)
	if counter < 255 {
		over := float64(0)
		if counter > firstCount {
			over = float64(counter - firstCount)
		}
		if p := 1 / (over*float64(factor) + 1); p == 1 || float64(random()>>11)/(1<<53) < p {
			counter++
		}
	}
	return Counted(counter, clock)
}
