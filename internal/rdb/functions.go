package rdb

// Functions returns the code of the libraries in a payload of FUNCTION DUMP.
func Functions(payload []byte) (codes [][]byte, err error) {
	if len(payload) == footerSize {
		_, _, err := Open(payload)
		if err == ErrFormat { // none is no fault
			err = nil
		}
		return nil, err
	}
	op, d, err := Open(payload)
	for err == nil {
		if byte(op) != opFunction {
			return nil, ErrFormat
		}
		var code []byte
		if code, err = d.Bytes(); err != nil {
			break
		}
		codes = append(codes, code)
		if len(d.b) == 0 {
			return codes, nil
		}
		op, d.b = Type(d.b[0]), d.b[1:]
	}
	return nil, err
}

// AppendFunction appends the code of a library to what becomes, with AppendFooter,
// a payload of FUNCTION DUMP.
func AppendFunction(dst []byte, code string) []byte {
	e := NewEncoder(Type(opFunction))
	e.Bytes([]byte(code))
	return append(dst, e.b...)
}
