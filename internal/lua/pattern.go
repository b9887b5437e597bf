package lua

// The patterns of Lua 5.1, as lstrlib.c matches them. Each step is charged, because
// some patterns try very many ways.

const (
	maxCaptures  = 32
	maxMatchDeep = 20000 // levels of Go's stack
	capOpen      = -1
	capPosition  = -2
)

type matcher struct {
	L     *LState
	src   string
	pat   string
	level int
	deep  int
	caps  [maxCaptures]struct{ at, len int }
}

func (m *matcher) step() {
	if m.L.g.left--; m.L.g.left < 0 {
		m.L.g.exhausted()
	}
}

// classEnd returns where the single class at p ends.
func (m *matcher) classEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p == len(m.pat) {
			m.L.RaiseError("malformed pattern (ends with '%%')")
		}
		return p + 1
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; first || p >= len(m.pat) || m.pat[p] != ']'; first = false {
			if p >= len(m.pat) {
				m.L.RaiseError("malformed pattern (missing ']')")
			}
			p++
			if m.pat[p-1] == '%' && p < len(m.pat) {
				p++
			}
		}
		return p + 1
	}
	return p
}

func isClass(c, class byte) bool {
	var in bool
	switch class | 0x20 {
	case 'a':
		in = isAlpha(c)
	case 'c':
		in = c < 32 || c == 127
	case 'd':
		in = isDigit(c)
	case 'l':
		in = c >= 'a' && c <= 'z'
	case 'p':
		in = c > 32 && c < 127 && !isAlpha(c) && !isDigit(c)
	case 's':
		in = isSpace(c)
	case 'u':
		in = c >= 'A' && c <= 'Z'
	case 'w':
		in = isAlpha(c) || isDigit(c)
	case 'x':
		in = isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	if !isAlpha(class) {
		return class == c
	}
	return in == (class >= 'a')
}

// inSet matches c with the set from p ('[') to end (']').
func (m *matcher) inSet(c byte, p, end int) bool {
	found := true
	p++
	if m.pat[p] == '^' {
		found = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if isClass(c, m.pat[p]) {
				return found
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return found
			}
			p += 2
		case m.pat[p] == c:
			return found
		}
	}
	return !found
}

// single matches one character at s with the class from p to ep.
func (m *matcher) single(s, p, ep int) bool {
	if s >= len(m.src) {
		return false
	}
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return isClass(c, m.pat[p+1])
	case '[':
		return m.inSet(c, p, ep-1)
	}
	return m.pat[p] == c
}

// match matches from s on with the pattern from p on, and returns where it ends, or
// -1.
func (m *matcher) match(s, p int) int {
	m.deep++
	if m.deep > maxMatchDeep {
		m.L.RaiseError("pattern too complex")
	}
	defer func() { m.deep-- }()
	for p < len(m.pat) {
		m.step()
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.openCapture(s, p+2, capPosition)
			}
			return m.openCapture(s, p+1, capOpen)
		case ')':
			return m.closeCapture(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 < len(m.pat) {
				switch c := m.pat[p+1]; {
				case c == 'b':
					if s = m.balance(s, p+2); s < 0 {
						return -1
					}
					p += 4
					continue
				case c == 'f':
					p += 2
					if p >= len(m.pat) || m.pat[p] != '[' {
						m.L.RaiseError("missing '[' after '%%f' in pattern")
					}
					ep := m.classEnd(p)
					prev, here := byte(0), byte(0)
					if s > 0 {
						prev = m.src[s-1]
					}
					if s < len(m.src) {
						here = m.src[s]
					}
					if m.inSet(prev, p, ep-1) || !m.inSet(here, p, ep-1) {
						return -1
					}
					p = ep
					continue
				case isDigit(c):
					if s = m.backReference(s, c); s < 0 {
						return -1
					}
					p += 2
					continue
				}
			}
		}
		ep := m.classEnd(p)
		hit := m.single(s, p, ep)
		next := byte(0)
		if ep < len(m.pat) {
			next = m.pat[ep]
		}
		switch next {
		case '?':
			if hit {
				if r := m.match(s+1, ep+1); r >= 0 {
					return r
				}
			}
			p = ep + 1
		case '*':
			return m.maxExpand(s, p, ep)
		case '+':
			if !hit {
				return -1
			}
			return m.maxExpand(s+1, p, ep)
		case '-':
			return m.minExpand(s, p, ep)
		default:
			if !hit {
				return -1
			}
			s++
			p = ep
		}
	}
	return s
}

func (m *matcher) maxExpand(s, p, ep int) int {
	i := 0
	for m.single(s+i, p, ep) {
		m.step()
		i++
	}
	for ; i >= 0; i-- {
		if r := m.match(s+i, ep+1); r >= 0 {
			return r
		}
	}
	return -1
}

func (m *matcher) minExpand(s, p, ep int) int {
	for {
		if r := m.match(s, ep+1); r >= 0 {
			return r
		}
		if !m.single(s, p, ep) {
			return -1
		}
		s++
	}
}

func (m *matcher) openCapture(s, p, what int) int {
	if m.level >= maxCaptures {
		m.L.RaiseError("too many captures")
	}
	m.caps[m.level].at, m.caps[m.level].len = s, what
	m.level++
	r := m.match(s, p)
	if r < 0 {
		m.level--
	}
	return r
}

func (m *matcher) closeCapture(s, p int) int {
	l := m.level - 1
	for ; l >= 0 && m.caps[l].len != capOpen; l-- {
	}
	if l < 0 {
		m.L.RaiseError("invalid pattern capture")
	}
	m.caps[l].len = s - m.caps[l].at
	r := m.match(s, p)
	if r < 0 {
		m.caps[l].len = capOpen
	}
	return r
}

func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.L.RaiseError("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	open, end := m.pat[p], m.pat[p+1]
	depth := 1
	for s++; s < len(m.src); s++ {
		m.step()
		switch c := m.src[s]; {
		case c == end:
			if depth--; depth == 0 {
				return s + 1
			}
		case c == open:
			depth++
		}
	}
	return -1
}

func (m *matcher) backReference(s int, c byte) int {
	l := int(c) - '1'
	if l < 0 || l >= m.level || m.caps[l].len == capOpen {
		m.L.RaiseError("invalid capture index")
	}
	n := max(m.caps[l].len, 0)
	m.L.Charge(n / 64)
	at := m.caps[l].at
	if len(m.src)-s >= n && m.src[at:at+n] == m.src[s:s+n] {
		return s + n
	}
	return -1
}

// capture returns the i-th capture of a match from s to e; the whole match if there
// is none.
func (m *matcher) capture(i, s, e int) LValue {
	if i >= m.level {
		if i != 0 {
			m.L.RaiseError("invalid capture index")
		}
		return m.piece(s, e)
	}
	c := m.caps[i]
	switch c.len {
	case capOpen:
		m.L.RaiseError("unfinished capture")
	case capPosition:
		return number(float64(c.at + 1))
	}
	return m.piece(c.at, c.at+c.len)
}

func (m *matcher) piece(s, e int) LValue {
	m.L.Pay(e - s + 16)
	return LString(m.src[s:e])
}

// pushCaptures pushes the captures of a match, the whole match if there are none and
// whole is set.
func (m *matcher) pushCaptures(s, e int, whole bool) int {
	n := m.level
	if n == 0 && whole {
		n = 1
	}
	for i := range n {
		m.L.Push(m.capture(i, s, e))
	}
	return n
}
