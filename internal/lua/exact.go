package lua

import "math"

func pow(a, b float64) float64   { return math.Pow(a, b) }
func exp(x float64) float64      { return math.Exp(x) }
func log(x float64) float64      { return math.Log(x) }
func log10(x float64) float64    { return math.Log10(x) }
func sin(x float64) float64      { return math.Sin(x) }
func cos(x float64) float64      { return math.Cos(x) }
func tan(x float64) float64      { return math.Tan(x) }
func asin(x float64) float64     { return math.Asin(x) }
func acos(x float64) float64     { return math.Acos(x) }
func atan(x float64) float64     { return math.Atan(x) }
func atan2(y, x float64) float64 { return math.Atan2(y, x) }
func sinh(x float64) float64     { return math.Sinh(x) }
func cosh(x float64) float64     { return math.Cosh(x) }
func tanh(x float64) float64     { return math.Tanh(x) }
