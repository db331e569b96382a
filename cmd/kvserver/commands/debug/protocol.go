package debug

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

// protocol replies the values that Redis replies, which clients are tested with.
func protocol(c *engine.Call) {
	out := c.Out
	switch c.Arg(2) {
	case "string":
		out.BulkString("Hello World")
	case "integer":
		out.Int(12345)
	case "double":
		out.Double(3.141)
	case "bignum":
		out.BigNumber("1234567999999999999999999999999999999")
	case "null":
		out.Null()
	case "array":
		out.Array(3)
		three(c)
	case "set":
		out.Set(3)
		three(c)
	case "map":
		out.Map(3)
		for i := range 3 {
			out.Int(int64(i))
			out.Bool(i == 1)
		}
	case "attrib":
		if out.Attribute(1) {
			out.BulkString("key-popularity")
			out.Array(2)
			out.BulkString("key:123")
			out.Int(90)
		}
		out.BulkString("Some real reply following the attribute")
	case "push":
		if out.Proto() < 3 {
			c.Error("ERR RESP2 is not supported by this command")
			return
		}
		out.Push(2)
		out.BulkString("server-cpu-usage")
		out.Int(42)
		out.BulkString("Some real reply following the push reply")
	case "verbatim":
		out.Verbatim("txt", "This is a verbatim\nstring")
	case "true":
		out.Bool(true)
	case "false":
		out.Bool(false)
	default:
		c.Error("ERR Wrong protocol type name. Please use one of the following: " +
			"string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false")
	}
}

func three(c *engine.Call) {
	for i := range 3 {
		c.Out.Int(int64(i))
	}
}
