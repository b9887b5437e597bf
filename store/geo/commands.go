// Package geo is the family of places: commands on sorted sets whose scores are
// cells of a grid over the globe. It builds on package zset, which has the data.
package geo

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

const (
	areaComplexity   = "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape"
	radiusComplexity = "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index."
	shapeUsage       = " <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]]"
	radiusUsage      = " radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC | DESC]"
	storeUsage       = " [STORE key] [STOREDIST key]"
)

// Rows are the commands on places.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "geoadd", Since: "3.2.0", Group: command.GroupGeo,
		Usage:      "GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
		Summary:    "Add one or more geospatial items in the geospatial index represented using a sorted set",
		Complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
		Flags:      command.Write | command.DenyOOM,
	}, Run: geoadd},
	{Spec: command.Spec{
		Name: "geodist", Since: "3.2.0", Group: command.GroupGeo,
		Usage:      "GEODIST key member1 member2 [M | KM | FT | MI]",
		Summary:    "Returns the distance between two members of a geospatial index",
		Complexity: "O(log(N))",
		Flags:      command.ReadOnly,
	}, Run: geodist},
	{Spec: command.Spec{
		Name: "geohash", Since: "3.2.0", Group: command.GroupGeo,
		Usage:      "GEOHASH key member [member ...]",
		Summary:    "Returns members of a geospatial index as standard geohash strings",
		Complexity: "O(log(N)) for each member requested, where N is the number of elements in the sorted set.",
		Flags:      command.ReadOnly,
		FixedArity: -2,
	}, Run: geohash},
	{Spec: command.Spec{
		Name: "geopos", Since: "3.2.0", Group: command.GroupGeo,
		Usage:      "GEOPOS key member [member ...]",
		Summary:    "Returns longitude and latitude of members of a geospatial index",
		Complexity: "O(N) where N is the number of members requested.",
		Flags:      command.ReadOnly,
		FixedArity: -2,
	}, Run: geopos},
	{Spec: command.Spec{
		Name: "georadius", Since: "3.2.0", Group: command.GroupGeo,
		Usage:      "GEORADIUS key longitude latitude" + radiusUsage + storeUsage,
		Summary:    "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a point",
		Complexity: radiusComplexity,
		Flags:      command.Write | command.DenyOOM,
		Keys:       radiusKeys(6),
		ByOptions:  radiusOptions,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
	}, Run: georadius},
	{Spec: command.Spec{
		Name: "georadius_ro", Since: "3.2.10", Group: command.GroupGeo,
		Usage:      "GEORADIUS_RO key longitude latitude" + radiusUsage,
		Summary:    "A read-only variant for GEORADIUS",
		Complexity: radiusComplexity,
		Flags:      command.ReadOnly,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
	}, Run: georadiusRO},
	{Spec: command.Spec{
		Name: "georadiusbymember", Since: "3.2.0", Group: command.GroupGeo,
		Usage:      "GEORADIUSBYMEMBER key member" + radiusUsage + storeUsage,
		Summary:    "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a member",
		Complexity: radiusComplexity,
		Flags:      command.Write | command.DenyOOM,
		Keys:       radiusKeys(5),
		ByOptions:  radiusOptions,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
	}, Run: georadiusbymember},
	{Spec: command.Spec{
		Name: "georadiusbymember_ro", Since: "3.2.10", Group: command.GroupGeo,
		Usage:      "GEORADIUSBYMEMBER_RO key member" + radiusUsage,
		Summary:    "A read-only variant for GEORADIUSBYMEMBER",
		Complexity: radiusComplexity,
		Flags:      command.ReadOnly,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
	}, Run: georadiusbymemberRO},
	{Spec: command.Spec{
		Name: "geosearch", Since: "6.2.0", Group: command.GroupGeo,
		Usage:      "GEOSEARCH key" + shapeUsage + " [WITHCOORD] [WITHDIST] [WITHHASH]",
		Summary:    "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle.",
		Complexity: areaComplexity,
		Flags:      command.ReadOnly,
	}, Run: geosearch},
	{Spec: command.Spec{
		Name: "geosearchstore", Since: "6.2.0", Group: command.GroupGeo,
		Usage:      "GEOSEARCHSTORE destination source" + shapeUsage + " [STOREDIST]",
		Summary:    "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle, and store the result in another key.",
		Complexity: areaComplexity,
		Flags:      command.Write | command.DenyOOM,
	}, Run: geosearchstore},
}

// radiusKeys are the keys of a command whose options begin at position first.
func radiusKeys(first int) []command.KeySpec {
	return []command.KeySpec{
		{Flags: command.KeyRO | command.KeyAccess, First: 1},
		{Flags: command.KeyOW | command.KeyUpdate, Keyword: "STORE", From: first, Option: true},
		{Flags: command.KeyOW | command.KeyUpdate, Keyword: "STOREDIST", From: first, Option: true},
	}
}

// radiusOptions finds the keys that STORE and STOREDIST name. Only the last of them is
// written, but a real server tells of both.
func radiusOptions(args [][]byte) (o command.Options) {
	for i := 5; i+1 < len(args); i++ {
		switch {
		case command.Is(args[i], "STORE"):
			i++
			o.Stores[0] = i
		case command.Is(args[i], "STOREDIST"):
			i++
			o.Stores[1] = i
		}
	}
	return o
}
