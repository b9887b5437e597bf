package geo

import "math"

// The world that can be indexed, in degrees: up to where the web Mercator
// projection is square.
const (
	maxLon = 180.0
	maxLat = 85.05112878
)

// maxStep is the number of halvings of either side that a score holds: 52 bits,
// which a float64 keeps exactly.
const maxStep = 26

// cell is a rectangle: the world is cut into 2^step columns and rows.
type cell struct {
	lon, lat uint32 // column and row
	step     uint
}

// world is the part of the globe that a cell is a part of.
type world struct{ lon, lat float64 } // from minus to plus this

var (
	indexed = world{maxLon, maxLat}
	globe   = world{180, 90} // of the standard geohash
)

// cellAt returns the cell of a point in the world.
func (w world) cellAt(p point, step uint) cell {
	side := float64(uint64(1) << step)
	return cell{
		lon:  uint32(int64((p.lon + w.lon) / (2 * w.lon) * side)),
		lat:  uint32(int64((p.lat + w.lat) / (2 * w.lat) * side)),
		step: step,
	}
}

// area is what a cell covers, in degrees.
type area struct{ minLon, maxLon, minLat, maxLat float64 }

func (cl cell) area() area {
	side := float64(uint64(1) << cl.step)
	edge := func(from float64, i uint32) float64 { return -from + float64(float64(i)/side*(2*from)) }
	return area{edge(maxLon, cl.lon), edge(maxLon, cl.lon+1), edge(maxLat, cl.lat), edge(maxLat, cl.lat+1)}
}

// moved returns the cell so many columns and rows away, around the world if need
// be. (The eastern and the northern edge of the world are in a column and a row
// behind the last.)
func (cl cell) moved(lon, lat int32) cell {
	mask := uint32(1)<<cl.step - 1
	if lon != 0 {
		cl.lon = (cl.lon + uint32(lon)) & mask
	}
	if lat != 0 {
		cl.lat = (cl.lat + uint32(lat)) & mask
	}
	return cl
}

// bits returns the cell's number: the bits of column and row in turns, a column's
// first.
func (cl cell) bits() uint64 { return spread(cl.lon)<<1 | spread(cl.lat) }

// scores returns the scores of the points in the cell: from ≤ score < to.
func (cl cell) scores() (from, to float64) {
	shift := 2 * (maxStep - cl.step)
	return float64(cl.bits() << shift), float64((cl.bits() + 1) << shift)
}

// spread puts a zero in front of every bit.
func spread(v uint32) uint64 {
	x := uint64(v)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

// gather is the inverse of spread; it drops every other bit.
func gather(x uint64) uint32 {
	x &= 0x5555555555555555
	x = (x | x>>1) & 0x3333333333333333
	x = (x | x>>2) & 0x0f0f0f0f0f0f0f0f
	x = (x | x>>4) & 0x00ff00ff00ff00ff
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16)
}

// point is a place in degrees.
type point struct{ lon, lat float64 }

func (p point) valid() bool {
	return p.lon >= -maxLon && p.lon <= maxLon && p.lat >= -maxLat && p.lat <= maxLat
}

// score returns the score that stands for a valid point.
func (p point) score() float64 { return float64(indexed.cellAt(p, maxStep).bits()) }

// pointOf returns the middle of the cell that a score stands for. A sorted set
// may have any scores: what is no cell is cut to the edge of the world.
func pointOf(score float64) point {
	bits := toBits(score)
	a := cell{gather(bits >> 1), gather(bits), maxStep}.area()
	return point{
		lon: min(max((a.minLon+a.maxLon)/2, -maxLon), maxLon),
		lat: min(max((a.minLat+a.maxLat)/2, -maxLat), maxLat),
	}
}

// toBits converts as Redis does on amd64, also what no uint64 holds.
func toBits(f float64) uint64 {
	switch {
	case f >= 1<<64:
		return 0
	case f >= 1<<63:
		return uint64(f-1<<63) | 1<<63
	}
	return uint64(toInt(f))
}

// toInt converts as amd64 does, also what no int64 holds.
func toInt(f float64) int64 {
	if f >= -1<<63 && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}

// alphabet are the digits of a geohash.
const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"

// geohash returns the standard geohash of a point, as Redis writes it: 52 bits in
// ten digits of five bits, with a zero behind them.
func (p point) geohash() string {
	const digits = 10
	var text [digits + 1]byte
	bits := globe.cellAt(p, maxStep).bits()
	for i := range digits {
		text[i] = alphabet[bits>>(52-5*(i+1))&31]
	}
	text[digits] = alphabet[0]
	return string(text[:])
}
