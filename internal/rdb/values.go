package rdb

// The functions below walk over the elements of a value, whichever form its type says
// it has. The values that they hand out are valid until fn returns. They stop at the
// first error, which is fn's own or ErrFormat, and do not look for elements that occur
// twice.

// List calls fn with the elements of a list.
func (d *Decoder) List(t Type, fn func(e []byte) error) error {
	switch t {
	case TypeList:
		return d.strings(fn)
	case TypeListZiplist:
		return d.packed(eachZiplist, fn)
	case TypeListQuicklist:
		return d.times(func() error { return d.packed(eachZiplist, fn) })
	case TypeListQuicklist2:
		return d.quicklist2(fn)
	}
	return ErrFormat
}

// The content of a node of a quicklist.
const (
	nodePlain  = 1 // one element
	nodePacked = 2 // a listpack
)

func (d *Decoder) quicklist2(fn func(e []byte) error) error {
	return d.times(func() error {
		container, err := d.Len()
		if err != nil {
			return err
		}
		switch container {
		case nodePlain:
			e, err := d.Bytes()
			if err != nil {
				return err
			}
			return fn(e)
		case nodePacked:
			return d.packed(eachListpack, fn)
		}
		return ErrFormat
	})
}

// Set calls fn with the members of a set.
func (d *Decoder) Set(t Type, fn func(m []byte) error) error {
	switch t {
	case TypeSet:
		return d.strings(fn)
	case TypeSetIntset:
		return d.packed(eachIntset, fn)
	case TypeSetListpack:
		return d.packed(eachListpack, fn)
	}
	return ErrFormat
}

// ZSet calls fn with the members of a sorted set and their scores, which are
// never NaN, in no order that could be relied upon.
func (d *Decoder) ZSet(t Type, fn func(m []byte, score float64) error) error {
	scored := pairs(func(m, text []byte) error {
		f, err := score(text)
		if err != nil {
			return err
		}
		return fn(m, f)
	})
	switch t {
	case TypeZSet, TypeZSet2:
		read := d.textDouble
		if t == TypeZSet2 {
			read = d.double
		}
		return d.times(func() error {
			m, err := d.Bytes()
			if err != nil {
				return err
			}
			f, err := read()
			if err != nil {
				return err
			}
			return fn(m, f)
		})
	case TypeZSetZiplist:
		return d.tuples(eachZiplist, scored)
	case TypeZSetListpack:
		return d.tuples(eachListpack, scored)
	}
	return ErrFormat
}

// Hash calls fn with the fields of a hash and their values. deadline is when the
// field expires, in Unix milliseconds; 0: never.
func (d *Decoder) Hash(t Type, fn func(field, value []byte, deadline int64) error) error {
	plain := pairs(func(field, value []byte) error { return fn(field, value, 0) })
	switch t {
	case TypeHash:
		return d.times(func() error {
			field, err := d.Bytes()
			if err != nil {
				return err
			}
			value, err := d.Bytes()
			if err != nil {
				return err
			}
			return fn(field, value, 0)
		})
	case TypeHashZipmap:
		return d.tuples(eachZipmap, plain)
	case TypeHashZiplist:
		return d.tuples(eachZiplist, plain)
	case TypeHashListpack:
		return d.tuples(eachListpack, plain)
	case TypeHashExpiry:
		return d.hashExpiry(fn)
	case TypeHashListpackEx:
		if _, err := d.Millis(); err != nil { // the earliest deadline
			return err
		}
		return d.tuples(eachListpack, triples(fn))
	}
	return ErrFormat
}

// hashExpiry reads fields with deadlines: each as its distance from the earliest
// of all, and one; 0 for none.
func (d *Decoder) hashExpiry(fn func(field, value []byte, deadline int64) error) error {
	earliest, err := d.Millis()
	if err != nil {
		return err
	}
	return d.times(func() error {
		distance, err := d.Len()
		if err != nil {
			return err
		}
		field, err := d.Bytes()
		if err != nil {
			return err
		}
		value, err := d.Bytes()
		if err != nil {
			return err
		}
		deadline := int64(0)
		if distance > 0 {
			deadline = earliest + int64(distance) - 1
			if earliest < 0 || deadline < earliest || deadline <= 0 {
				return ErrFormat
			}
		}
		return fn(field, value, deadline)
	})
}

// strings reads a number and so many strings.
func (d *Decoder) strings(fn func(e []byte) error) error {
	return d.times(func() error {
		e, err := d.Bytes()
		if err != nil {
			return err
		}
		return fn(e)
	})
}

// each walks over the elements packed into b. An element that is a number lies
// in memory that is used again for the fourth element behind it.
type each func(b []byte, fn func(e []byte) error) error

// packed reads a string and walks over what is packed into it.
func (d *Decoder) packed(walk each, fn func(e []byte) error) error {
	b, err := d.Bytes()
	if err != nil {
		return err
	}
	return walk(b, fn)
}

// tuple collects elements until they make a whole.
type tuple struct {
	elems [3][]byte
	n     int // so many are there
	size  int
	fn    func(elems *[3][]byte) error
}

func pairs(fn func(a, b []byte) error) *tuple {
	return &tuple{size: 2, fn: func(e *[3][]byte) error { return fn(e[0], e[1]) }}
}

func triples(fn func(field, value []byte, deadline int64) error) *tuple {
	return &tuple{size: 3, fn: func(e *[3][]byte) error {
		deadline, ok := parseInt(e[2])
		if !ok || deadline < 0 {
			return ErrFormat
		}
		return fn(e[0], e[1], deadline)
	}}
}

// tuples reads a string and walks over the tuples that are packed into it.
func (d *Decoder) tuples(walk each, t *tuple) error {
	err := d.packed(walk, func(e []byte) error {
		t.elems[t.n] = e
		if t.n++; t.n < t.size {
			return nil
		}
		t.n = 0
		return t.fn(&t.elems)
	})
	if err == nil && t.n != 0 {
		err = ErrFormat
	}
	return err
}
