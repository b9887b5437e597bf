package reply

// Sample writes a reply of a kind, as DEBUG PROTOCOL of Redis does. It returns false
// if there is no such kind.
func (w *Writer) Sample(kind string) bool {
	switch kind {
	case "string":
		w.BulkString("Hello World")
	case "integer":
		w.Int(12345)
	case "double":
		w.Double(3.141)
	case "bignum":
		w.BigNumber("1234567999999999999999999999999999999")
	case "null":
		w.Null()
	case "array":
		w.Array(3)
		for i := range int64(3) {
			w.Int(i)
		}
	case "set":
		w.Set(3)
		for i := range int64(3) {
			w.Int(i)
		}
	case "map":
		w.Map(3)
		for i := range int64(3) {
			w.Int(i)
			w.Bool(i == 1)
		}
	case "attrib":
		if w.Resp3() {
			w.Raw([]byte("|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"))
		}
		w.BulkString("Some real reply following the attribute")
	case "push":
		if !w.Resp3() {
			w.Error(ErrResp2)
			break
		}
		w.Push(2)
		w.BulkString("server-cpu-usage")
		w.Int(42)
		w.BulkString("Some real reply following the push reply")
	case "verbatim":
		w.Verbatim("txt", "This is a verbatim\nstring")
	case "true":
		w.Bool(true)
	case "false":
		w.Bool(false)
	default:
		return false
	}
	return true
}
