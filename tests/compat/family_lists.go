package compat

var listFamily = Family{
	Listpacks: true,
	Name:      "lists",
	Commands: `lpush lpush rpush rpush rpush lpushx rpushx lpop rpop llen lrange lrange lindex lset linsert lrem ltrim
lpos lpos lmove rpoplpush lmpop`,
	Value: func(g *Generator, a Arg) (string, bool) {
		switch {
		case a.Name == "element" || a.Name == "pivot":
			return g.member(), true
		case a.Name == "count" && g.Command == "lmpop":
			return g.pick(counts), true
		}
		return "", false
	},
}
