package lua

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

var (
	randomScripts = flag.Int("lua.scripts", 1500, "number of random scripts to compare with a redis-server")
	randomSeed    = flag.Uint64("lua.seed", 1, "seed of the first")
)

// TestRandomScripts runs random scripts here and by a real redis-server. Each
// script catches its errors, so that their texts and positions are compared too.
func TestRandomScripts(t *testing.T) {
	r := testcluster.StartRedis(t)
	c, err := wire.Dial(r.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	different, endless := 0, 0
	for seed := *randomSeed; seed < *randomSeed+uint64(*randomScripts); seed++ {
		g := scriptMaker{r: rand.New(rand.NewPCG(seed, 0))}
		src := g.script()
		if seed%1000 == 0 { // else the server keeps them all
			if _, err := c.Do("SCRIPT", "FLUSH"); err != nil {
				t.Fatal(err)
			}
		}
		got := runForTest(src)
		if got == outOfBudget { // the server would take long, too
			endless++
			continue
		}
		v, err := c.Do("EVAL", show+src, "0")
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		want := script.ReplaceAllString(strings.TrimPrefix(v.Text, "ERR "), "")
		want = strings.ReplaceAll(want, "-nan", "nan") // Redis's depends on how it came about
		got = strings.ReplaceAll(got, "-nan", "nan")
		if oneLine(got) != oneLine(want) {
			t.Errorf("-lua.seed %d:\n%s\n got %s\nwant %s", seed, src, oneLine(got), oneLine(want))
			if different++; different >= 10 {
				t.Fatal("and so on")
			}
		}
	}
	if endless > *randomScripts/20 {
		t.Errorf("%d of %d scripts use more than %d instructions", endless, *randomScripts, testBudget)
	}
}

// scriptMaker makes scripts whose results do not depend on the order of pairs or on
// addresses.
type scriptMaker struct {
	r     *rand.Rand
	vars  []string // in scope
	names int
	depth int
}

func (g *scriptMaker) pick(words ...string) string { return words[g.r.IntN(len(words))] }

func (g *scriptMaker) script() string {
	var b strings.Builder
	for range 2 + g.r.IntN(4) {
		fmt.Fprintf(&b, "%s\n", g.statement())
	}
	var results []string
	for range 1 + g.r.IntN(3) {
		results = append(results, g.guarded(g.expr()))
	}
	fmt.Fprintf(&b, "return show(%s)", strings.Join(results, ", "))
	return b.String()
}

// guarded is a text of the results of an expression, or of its error.
func (g *scriptMaker) guarded(expr string) string {
	return "(function(...) local t = {} for i = 1, select('#', ...) do local v = select(i, ...) " +
		"t[i] = type(v) == 'table' and 'table' .. #v or type(v) == 'function' and 'function' or tostring(v) end return table.concat(t, ';') end)" +
		"(pcall(function() return " + expr + " end))"
}

func (g *scriptMaker) newVar() string {
	g.names++
	return fmt.Sprintf("v%d", g.names)
}

// scoped runs make with what it declares forgotten afterwards.
func (g *scriptMaker) scoped(make func() string) string {
	n := len(g.vars)
	g.depth++
	defer func() { g.vars, g.depth = g.vars[:n], g.depth-1 }()
	return make()
}

func (g *scriptMaker) block() string {
	return g.scoped(func() string {
		var b strings.Builder
		for range 1 + g.r.IntN(2) {
			b.WriteString(g.statement() + " ")
		}
		return b.String()
	})
}

func (g *scriptMaker) declare(value string) string {
	name := g.newVar()
	s := fmt.Sprintf("local %s = %s", name, value)
	g.vars = append(g.vars, name)
	return s
}

func (g *scriptMaker) safe(expr string) string {
	return "select(2, pcall(function() return " + expr + " end))"
}

func (g *scriptMaker) statement() string {
	if g.depth > 2 {
		return g.declare(g.safe(g.expr()))
	}
	switch g.r.IntN(12) {
	case 0, 1, 2, 3:
		return g.declare(g.safe(g.expr()))
	case 4:
		if len(g.vars) > 0 {
			return g.pick(g.vars...) + " = " + g.safe(g.expr())
		}
		return g.declare("{}")
	case 5:
		return "if " + g.safe(g.expr()) + " then " + g.block() + " else " + g.block() + " end"
	case 6:
		return g.scoped(func() string {
			v := g.newVar()
			g.vars = append(g.vars, v)
			return fmt.Sprintf("for %s = %s, %s, %s do %s if %s > 50 then break end end", v,
				g.pick("1", "3", "-2", "0.5"), g.pick("1", "4", "2.5", "-3"), g.pick("1", "2", "-1", "0.5"), g.block(), v)
		})
	case 7:
		return g.scoped(func() string {
			k, v := g.newVar(), g.newVar()
			g.vars = append(g.vars, k, v)
			return fmt.Sprintf("for %s, %s in ipairs(%s) do %s end", k, v, g.table(), g.block())
		})
	case 8:
		return g.scoped(func() string {
			n := g.newVar()
			return fmt.Sprintf("do local %s = 0 while %s < 3 do %s = %s + 1 %s end end", n, n, n, n, g.block())
		})
	case 9:
		return g.scoped(func() string {
			n := g.newVar()
			return fmt.Sprintf("do local %s = 0 repeat %s = %s + 1 local z = %s until %s >= 2 end", n, n, n, g.safe(g.expr()), n)
		})
	case 10:
		name := g.newVar()
		body := g.scoped(func() string {
			g.vars = append(g.vars, "a", "b")
			return "local c = select('#', ...) " + g.block() + " return " + g.safe(g.expr()) + ", c, ..."
		})
		s := fmt.Sprintf("local function %s(a, b, ...) %s end", name, body)
		g.vars = append(g.vars, name)
		return s
	default:
		t := g.declare(g.table())
		name := g.vars[len(g.vars)-1]
		return t + fmt.Sprintf(" pcall(function() %s[%s] = %s end)", name, g.expr(), g.expr())
	}
}

func (g *scriptMaker) table() string {
	var items []string
	for range g.r.IntN(5) {
		switch g.r.IntN(4) {
		case 0:
			items = append(items, g.pick("x", "y", "n")+" = "+g.leaf())
		case 1:
			items = append(items, "["+g.pick("1", "'x'", "0", "1.5")+"] = "+g.leaf())
		default:
			items = append(items, g.leaf()+" or 0")
		}
	}
	return "{" + strings.Join(items, ", ") + "}"
}

func (g *scriptMaker) leaf() string {
	if len(g.vars) > 0 && g.r.IntN(3) == 0 {
		return g.vars[g.r.IntN(len(g.vars))]
	}
	switch g.r.IntN(6) {
	case 0, 1:
		return g.pick("0", "1", "2", "-1", "3.7", "-0.5", "1e15", "1e16", "123456789012", "0x1f", "2^53", "1/3", "1e300", "-1e-7", "100")
	case 2, 3:
		return g.pick("''", "'a'", "'abc'", "'10'", "'0x10'", "' 5 '", "'1e2'", "'a,b,,c'", `'x\0y'`, "'Hello World'", "'%d'", "'aaa'", "'key=val'", `"q\"\n"`, "[[long]]")
	case 4:
		return g.pick("nil", "true", "false")
	default:
		return g.pick("{}", "{1, 2, 3}", "{'b', 'a', 'c'}", "{x = 1}", "{3, 1, 2, n = 5}")
	}
}

func (g *scriptMaker) expr() string {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 5 {
		return g.leaf()
	}
	switch g.r.IntN(12) {
	case 0, 1:
		return g.leaf()
	case 2, 3:
		return "(" + g.expr() + " " + g.pick("+", "-", "*", "/", "%", "^", "..", "..", "+", "-") + " " + g.expr() + ")"
	case 4:
		return "(" + g.expr() + " " + g.pick("==", "~=", "<", "<=", ">", ">=", "and", "or", "and", "or") + " " + g.expr() + ")"
	case 5:
		return g.pick("not ", "-", "#", "- -") + g.operand()
	case 6:
		return g.operand() + g.pick(".x", "[1]", "[2]", "['x']", ".x.y", "[1][1]")
	case 7:
		if len(g.vars) > 0 {
			return g.pick(g.vars...) + "(" + g.expr() + ", " + g.expr() + ")"
		}
		return "(function(...) return select('#', ...), ... end)(" + g.expr() + ", " + g.expr() + ")"
	case 8:
		return g.stringCall()
	case 9:
		return g.tableCall()
	case 10:
		return g.baseCall()
	default:
		return g.stringCall()
	}
}

func (g *scriptMaker) operand() string { return "(" + g.expr() + ")" }

func (g *scriptMaker) pattern() string {
	var b strings.Builder
	for range 1 + g.r.IntN(4) {
		b.WriteString(g.pick("a", "%a", "%d", ".", "[abc]", "[^,]", "%s", "(", ")", "%w", "=", "l", "[a-c%d]", "%.", "%b()", "%1", "()", "%f[%a]", "[%]]", "x"))
		b.WriteString(g.pick("", "", "", "*", "+", "-", "?"))
	}
	return "'" + g.pick("", "", "^") + b.String() + g.pick("", "", "$") + "'"
}

func (g *scriptMaker) stringCall() string {
	e := g.expr
	switch g.r.IntN(16) {
	case 0:
		return "string.sub(" + e() + ", " + g.leaf() + ", " + g.leaf() + ")"
	case 1:
		return "string.format('" + g.pick("%d", "%5d", "%-5d|", "%05d", "%+d", "%x", "%X", "%o", "%c", "%i", "%u") + "', " + e() + ")"
	case 2:
		return "string.format('" + g.pick("%s", "%10s", "%-10s|", "%.2s", "%q", "%%") + "', " + e() + ")"
	case 3:
		return "string.format('" + g.pick("%f", "%.3f", "%e", "%.0e", "%g", "%.14g", "%10.2f", "%G", "%.17g", "%y", "%", "%5", "%123d", "%.200f") + "', " + e() + ")"
	case 4:
		return "string.find(" + e() + ", " + g.pattern() + g.pick("", "", ", 2", ", -1", ", 1, true", ", 10") + ")"
	case 5:
		return "string.match(" + e() + ", " + g.pattern() + g.pick("", "", ", 2", ", -2") + ")"
	case 6:
		return "string.gsub(" + e() + ", " + g.pattern() + ", " + g.pick("'<%0>'", "'%1'", "''", "string.upper", "{a = 'A', l = 1}", "'%2'", "function(x) return x == 'a' end", "'%'", "5", "nil") + g.pick("", "", ", 1", ", 0") + ")"
	case 7:
		return "string.rep(" + e() + ", " + g.pick("0", "1", "3", "-1", "2.7", "'2'") + ")"
	case 8:
		return "string." + g.pick("upper", "lower", "len", "reverse", "byte") + "(" + e() + ")"
	case 9:
		return "string.byte(" + e() + ", " + g.leaf() + ", " + g.leaf() + ")"
	case 10:
		return "string.char(" + g.pick("65", "0", "255", "256", "-1", "97, 98", "'66'") + ")"
	case 11:
		return "(" + e() + "):" + g.pick("upper()", "len()", "sub(2)", "rep(2)", "find('a')", "nope()", "byte(-1)")
	case 12:
		return "(function() local t = {} for w in string.gmatch(" + e() + ", " + g.pattern() + ") do t[#t + 1] = tostring(w) if #t > 20 then break end end return table.concat(t, '/') end)()"
	case 13:
		return "tostring(" + g.number() + ")"
	case 14:
		return "tonumber(" + e() + g.pick("", "", ", 16", ", 2", ", 36", ", 10", ", 1", ", 8") + ")"
	default:
		return "(" + g.number() + " .. '')"
	}
}

func (g *scriptMaker) number() string {
	if g.r.IntN(2) == 0 {
		return g.pick("2^53", "1e15", "1e14", "123456.789", "0.1", "1/3", "1e100", "-0", "1/0", "-1/0", "100000000000000", "3.0", "5e-324", "1e-5", "0.1 + 0.2")
	}
	return "math." + g.pick("floor", "ceil", "abs", "sqrt", "modf", "frexp", "deg", "rad", "tostring") + "(" + g.expr() + ")"
}

func (g *scriptMaker) tableCall() string {
	t := g.table()
	if len(g.vars) > 0 && g.r.IntN(2) == 0 {
		t = g.pick(g.vars...)
	}
	switch g.r.IntN(9) {
	case 0:
		return "table.concat(" + t + g.pick("", ", ','", ", ',', 2", ", '', 1, 2", ", ',', 1, 9", ", 1") + ")"
	case 1: // the length of a table with holes is any of several
		return "(function(t) table.insert(t, " + g.pick("", "1, ") + g.leaf() + " or 0) return #t, unpack(t) end)(" + t + ")"
	case 2:
		return "(function(t) return table.remove(t" + g.pick("", ", 1", ", 9", ", 0") + "), #t end)(" + t + ")"
	case 3:
		return "(function(t) table.sort(t" + g.pick("", "", ", function(a, b) return a > b end", ", function(a, b) return tostring(a) < tostring(b) end", ", 1") + ") return #t, unpack(t) end)(" + t + ")"
	case 4:
		return "unpack(" + t + g.pick("", ", 2", ", 1, 3", ", 3, 1", ", -1, 1") + ")"
	case 5:
		return "select(" + g.pick("'#'", "1", "2", "-1", "0", "9", "-9", "'x'") + ", unpack(" + t + "))"
	case 6:
		return "table." + g.pick("maxn", "getn") + "(" + t + ")"
	case 7:
		return "(function(t) local n, s = 0, 0 for k, v in pairs(t) do n = n + 1 if type(k) == 'number' then s = s + k end end return n, s end)(" + t + ")"
	default:
		return "next(" + g.pick("{}", "{5}", "{x = 1}", "nil", "1", "{}, 1", "{7}, 1") + ")"
	}
}

func (g *scriptMaker) baseCall() string {
	e := g.expr
	switch g.r.IntN(12) {
	case 0:
		return "type(" + e() + ")"
	case 1:
		return "pcall(error, tostring(" + e() + "))" // a table is another matter with Redis's pcall
	case 2:
		return "pcall(function() error(tostring(" + e() + ")" + g.pick("", ", 0", ", 1", ", 2") + ") end)"
	case 3:
		return "assert(" + e() + g.pick("", ", 'msg'", ", 5", ", nil") + ")"
	case 4:
		return "rawequal(" + e() + ", " + e() + ")"
	case 5:
		return "math." + g.pick("max", "min") + "(" + e() + ", " + e() + ")"
	case 6:
		return "math." + g.pick("fmod", "pow", "ldexp") + "(" + e() + ", " + g.leaf() + ")"
	case 7:
		return "setmetatable(" + g.table() + ", {__index = " + g.pick("{x = 'dx'}", "function(t, k) return k end", "5") + ", __call = function(self, a) return a end, __add = function(a, b) return 'add' end, " +
			"__concat = function() return 'cat' end, __eq = function() return true end, __lt = function() return true end, __len = function() return 42 end, __unm = function() return 'neg' end})" +
			g.pick(".x", ".z", "(7)", " + 1", " .. 'a'", "[9]")
	case 8:
		return "xpcall(function() return " + e() + " end, function(m) return 'H' .. tostring(m) end)"
	case 9:
		return "rawget(" + g.table() + ", " + g.leaf() + ")"
	case 10:
		return "loadstring(" + g.pick("'return 1 + 1'", "'return ...'", "'x ='", "'return )'", "'for'", "'local a = 1 return a'", "'goto x'", "'return \"unfinished'", "'return 1..2'", "'a.b:c = 1'", "'break'", "'return 0x'") + ")"
	default:
		return "(function(...) local c = coroutine.wrap(function(a) local b = coroutine.yield(a, 1) return b, 'end' end) return c(" + e() + "), c(" + e() + ") end)()"
	}
}
