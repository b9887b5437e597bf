package lua

// The syntax tree. Names are resolved when it is made: a local knows its register,
// and whether a closure captures it.

type localVar struct {
	name     string
	reg      int
	captured bool
}

// upDesc is where a closure finds one of its upvalues when it is made.
type upDesc struct {
	local *localVar // of the function around it; nil: an upvalue of that
	index int
}

type funcNode struct {
	params  []*localVar
	vararg  bool
	hasArg  bool // the old-style table arg
	argVar  *localVar
	body    []stmt
	regs    int
	ups     []upDesc
	upNames []string
	line    int // where it is defined; 0: the main chunk
	depth   int // how deep its code is nested
}

type (
	expr interface{}

	nilExpr    struct{}
	trueExpr   struct{}
	falseExpr  struct{}
	numberExpr struct{ n float64 }
	stringExpr struct{ s string }
	dotsExpr   struct{}
	funcExpr   struct{ f *funcNode }
	localExpr  struct{ v *localVar }
	upExpr     struct {
		index int
		name  string
	}
	globalExpr struct {
		name string
		line int
	}
	indexExpr struct {
		obj, key expr
		line     int
	}
	callExpr struct {
		fn   expr
		args []expr
		line int
	}
	methodExpr struct {
		obj      expr
		name     string
		args     []expr
		line     int // of the call
		selfLine int
	}
	binExpr struct {
		op   binOp
		a, b expr
		line int
	}
	concatExpr struct {
		list []expr
		line int
	}
	unExpr struct {
		op   token
		a    expr
		line int
	}
	andExpr   struct{ a, b expr }
	orExpr    struct{ a, b expr }
	parenExpr struct{ e expr } // cuts several values to one
	tableExpr struct {
		items []tableItem
		line  int
	}
)

type tableItem struct {
	key  expr // nil: the next of the array
	val  expr
	line int
}

type (
	stmt interface{}

	localStmt struct {
		vars []*localVar
		vals []expr
	}
	localFuncStmt struct {
		v *localVar
		f *funcNode
	}
	assignStmt struct {
		left  []expr
		right []expr
		line  int
	}
	callStmt struct{ call expr }
	doStmt   struct{ body []stmt }
	ifStmt   struct {
		conds  []expr
		bodies [][]stmt
		other  []stmt
	}
	whileStmt struct {
		cond expr
		body []stmt
	}
	repeatStmt struct {
		body []stmt
		cond expr
	}
	numForStmt struct {
		v                 *localVar
		from, limit, step expr
		body              []stmt
		line              int
	}
	forInStmt struct {
		vars []*localVar
		regs int // of the three hidden ones
		vals []expr
		body []stmt
		line int
	}
	returnStmt struct{ vals []expr }
	breakStmt  struct{}
)

type binOp int

const (
	opAdd binOp = iota
	opSub
	opMul
	opDiv
	opMod
	opPow
	opConcat
	opEq
	opNe
	opLt
	opLe
	opGt
	opGe
	opAnd
	opOr
)
