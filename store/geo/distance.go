package geo

import (
	"math"
	"slices"
)

const (
	earthRadius = 6372797.560856 // in metres, as Redis has it
	// halfWorld is half the width of the projected world, in metres.
	halfWorld = 20037726.37

	degree = math.Pi / 180
)

func radians(degrees float64) float64 { return float64(degrees * degree) }
func degrees(radians float64) float64 { return radians / degree }

// distance returns the great-circle distance in metres, by the haversine formula.
// It is computed step by step as Redis does it, with the same roundings.
func distance(a, b point) float64 {
	latA, latB := radians(a.lat), radians(b.lat)
	u := sin((latB - latA) / 2)
	v := sin((radians(b.lon) - radians(a.lon)) / 2)
	h := float64(u*u) + float64(float64(float64(cos(latA)*cos(latB))*v)*v)
	return 2 * earthRadius * asin(math.Sqrt(h))
}

// shape is what a search covers, around a centre: a circle or a box.
type shape struct {
	center        point
	box           bool
	radius        float64 // in units
	width, height float64 // likewise
	unit          float64 // in metres
}

// contains reports whether p is in the shape and how far from its centre.
func (s *shape) contains(p point) (far float64, ok bool) {
	if s.box {
		if distance(point{s.center.lon, p.lat}, p) > s.width*s.unit/2 ||
			distance(p, point{p.lon, s.center.lat}) > s.height*s.unit/2 {
			return 0, false
		}
		return distance(s.center, p), true
	}
	if radius := s.radius * s.unit; !s.farOff(p, radius) {
		far = distance(s.center, p)
		return far, far <= radius
	}
	return 0, false
}

// farOff reports whether p is certainly more than radius away. It needs a part of
// the time that the exact distance takes, and its last digits do not matter.
func (s *shape) farOff(p point, radius float64) bool {
	const margin = 1e-9
	u := math.Sin((p.lat - s.center.lat) * (degree / 2))
	v := math.Sin((p.lon - s.center.lon) * (degree / 2))
	h := u*u + math.Cos(p.lat*degree)*math.Cos(s.center.lat*degree)*v*v
	angle := radius / (2 * earthRadius)
	if angle >= math.Pi/2 {
		return false
	}
	limit := math.Sin(angle)
	return h > limit*limit*(1+margin)+margin*margin
}

// reach is the distance in metres up to which the shape goes.
func (s *shape) reach() float64 {
	if !s.box {
		return s.radius * s.unit
	}
	w, h := s.width/2, s.height/2
	return math.Sqrt(float64(w*w)+float64(h*h)) * s.unit
}

// bounds returns a rectangle around the shape, in degrees.
func (s *shape) bounds() area {
	width, height := s.radius*s.unit, s.radius*s.unit
	if s.box {
		width, height = s.unit*(s.width/2), s.unit*(s.height/2)
	}
	lat := degrees(height / earthRadius)
	// Meridians are closest at the end that is nearer to a pole.
	edge := s.center.lat + lat
	if s.center.lat < 0 {
		edge = s.center.lat - lat
	}
	lon := degrees(width / earthRadius / cos(radians(edge)))
	return area{s.center.lon - lon, s.center.lon + lon, s.center.lat - lat, s.center.lat + lat}
}

// step returns how small the cells may be so that nine of them cover the shape
// nearly always.
func (s *shape) step() uint {
	reach := s.reach()
	if reach == 0 {
		return maxStep
	}
	step := -1
	for ; reach < halfWorld && step < maxStep+4; reach *= 2 {
		step++
	}
	switch lat := math.Abs(s.center.lat); { // degrees of longitude shrink
	case lat > 80:
		step -= 2
	case lat > 66:
		step--
	}
	return uint(min(max(step, 1), maxStep))
}

// cells returns the cells that a search has to look at, in Redis's order, which
// is that of a reply without ASC and DESC.
func (s *shape) cells() []cell {
	step := s.step()
	mid := indexed.cellAt(s.center, step)
	var b area
	if step > 1 {
		if b = s.bounds(); !mid.cover(b) {
			step--
			mid = indexed.cellAt(s.center, step)
		}
	}
	if step == 1 { // four cells: neighbours on both sides are the same
		return unique(around(mid, func(lon, lat int32) bool { return true }))
	}
	a := mid.area()
	return around(mid, func(lon, lat int32) bool {
		return !(lat < 0 && a.minLat < b.minLat || lat > 0 && a.maxLat > b.maxLat ||
			lon < 0 && a.minLon < b.minLon || lon > 0 && a.maxLon > b.maxLon)
	})
}

// cover reports whether a cell and its neighbours reach to all sides of b.
func (cl cell) cover(b area) bool {
	return cl.moved(0, 1).area().maxLat >= b.maxLat && cl.moved(0, -1).area().minLat <= b.minLat &&
		cl.moved(1, 0).area().maxLon >= b.maxLon && cl.moved(-1, 0).area().minLon <= b.minLon
}

// around returns a cell and those of its neighbours that are wanted.
func around(mid cell, wanted func(lon, lat int32) bool) []cell {
	list := []cell{mid}
	for _, d := range [8][2]int32{{0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}} {
		if wanted(d[0], d[1]) {
			list = append(list, mid.moved(d[0], d[1]))
		}
	}
	return list
}

// unique drops cells that came before.
func unique(list []cell) (out []cell) {
	for _, cl := range list {
		if !slices.Contains(out, cl) {
			out = append(out, cl)
		}
	}
	return out
}
