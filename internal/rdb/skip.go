package rdb

// The functions below read past parts of values without looking at them.

// skip reads past what follows the type of a value.
func skip(src source, t Type) error {
	switch t {
	case TypeString, TypeHashZipmap, TypeListZiplist, TypeSetIntset, TypeZSetZiplist, TypeHashZiplist,
		TypeHashListpack, TypeZSetListpack, TypeSetListpack:
		return skipString(src)
	case TypeList, TypeSet, TypeListQuicklist:
		return skipEach(src, func() error { return skipString(src) })
	case TypeHash:
		return skipEach(src, func() error { return skipStrings(src, 2) })
	case TypeZSet, TypeZSet2:
		return skipEach(src, func() error {
			if err := skipString(src); err != nil {
				return err
			}
			if t == TypeZSet2 {
				_, err := src.take(8)
				return err
			}
			return skipTextDouble(src)
		})
	case TypeListQuicklist2:
		return skipEach(src, func() error {
			if err := skipNumbers(src, 1); err != nil {
				return err
			}
			return skipString(src)
		})
	case TypeHashExpiry:
		if _, err := src.take(8); err != nil {
			return err
		}
		return skipEach(src, func() error {
			if err := skipNumbers(src, 1); err != nil {
				return err
			}
			return skipStrings(src, 2)
		})
	case TypeHashListpackEx:
		if _, err := src.take(8); err != nil {
			return err
		}
		return skipString(src)
	case TypeStream, TypeStream2, TypeStream3:
		return skipStream(src, t)
	case TypeModule:
		if err := skipNumbers(src, 1); err != nil {
			return err
		}
		return skipModule(src)
	}
	return ErrFormat
}

// skipEach reads a number and calls fn so many times.
func skipEach(src source, fn func() error) error {
	n, err := number(src)
	for ; n > 0 && err == nil; n-- {
		err = fn()
	}
	return err
}

func skipNumbers(src source, n int) error {
	for range n {
		if _, err := number(src); err != nil {
			return err
		}
	}
	return nil
}

func skipStrings(src source, n int) error {
	for range n {
		if err := skipString(src); err != nil {
			return err
		}
	}
	return nil
}

func skipString(src source) error {
	n, special, err := head(src)
	if err != nil {
		return err
	}
	if special {
		switch n {
		case encodeInt8, encodeInt16, encodeInt32:
			n = 1 << n
		case encodeLZF:
			if n, err = number(src); err != nil {
				return err
			}
			if err := skipNumbers(src, 1); err != nil {
				return err
			}
		default:
			return ErrFormat
		}
	}
	_, err = src.take(n)
	return err
}

func skipTextDouble(src source) error {
	first, err := src.take(1)
	if err != nil {
		return err
	}
	if n := first[0]; n < 253 {
		_, err = src.take(uint64(n))
	}
	return err
}

func skipStream(src source, t Type) error {
	const id, ms = 16, 8
	pending := func(size uint64, counted bool) error {
		return skipEach(src, func() error {
			if _, err := src.take(size); err != nil || !counted {
				return err
			}
			return skipNumbers(src, 1)
		})
	}
	if err := skipEach(src, func() error { return skipStrings(src, 2) }); err != nil {
		return err
	}
	figures, position := 3, 2 // of the stream, of a group
	if t != TypeStream {
		figures, position = 8, 3
	}
	if err := skipNumbers(src, figures); err != nil {
		return err
	}
	return skipEach(src, func() error {
		if err := skipString(src); err != nil {
			return err
		}
		if err := skipNumbers(src, position); err != nil {
			return err
		}
		if err := pending(id+ms, true); err != nil {
			return err
		}
		return skipEach(src, func() error {
			if err := skipString(src); err != nil {
				return err
			}
			times := uint64(ms)
			if t == TypeStream3 {
				times = 2 * ms
			}
			if _, err := src.take(times); err != nil {
				return err
			}
			return pending(id, false)
		})
	})
}

// The bytes of a module, up to the end.
const (
	moduleEnd    = 0
	moduleSigned = 1
	moduleNumber = 2
	moduleFloat  = 3
	moduleDouble = 4
	moduleString = 5
)

func skipModule(src source) error {
	for {
		op, err := number(src)
		if err != nil {
			return err
		}
		switch op {
		case moduleEnd:
			return nil
		case moduleSigned, moduleNumber:
			err = skipNumbers(src, 1)
		case moduleFloat:
			_, err = src.take(4)
		case moduleDouble:
			_, err = src.take(8)
		case moduleString:
			err = skipString(src)
		default:
			err = ErrFormat
		}
		if err != nil {
			return err
		}
	}
}

// moduleName returns the name in the identifier of a module's type: nine times
// six bits, above ten bits of a version.
func moduleName(id uint64) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	name := make([]byte, 9)
	for i := range name {
		name[i] = letters[id>>(58-6*i)&0x3f]
	}
	return string(name)
}
