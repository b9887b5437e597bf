// Package failpoint names the moments at which a node can be made to die, fail or
// pause. So a test can try every one of them. The points exist in servers that are
// built with the tag "failpoints" only; elsewhere the functions are empty and the
// compiler drops the calls.
//
// The environment of the process says which point is armed, its effect, and at which of
// its hits (the first, if no number is given):
//
//	MSREDIS_FAILPOINT=wal-synced=exit       dies, as by kill -9
//	MSREDIS_FAILPOINT=shelf-sync:3=error    the third sync fails with EIO
//	MSREDIS_FAILPOINT=wal-append=enospc     the disk is full from then on
//	MSREDIS_FAILPOINT=wal-synced=torn       half of the append is lost, then dies
//	MSREDIS_FAILPOINT=apply=sleep           pauses for a second
//
// With MSREDIS_FAILPOINT_WAIT=1 hits are counted from the signal SIGUSR1 on, so that a
// test can bring the cluster into the state that it is about.
package failpoint

// Point is a moment in the life of a node.
type Point string

// The points, in the order of the table.
const (
	WALCreate     Point = "wal-create"
	WALCreated    Point = "wal-created"
	WALAppend     Point = "wal-append"
	WALSynced     Point = "wal-synced"
	WALNoted      Point = "wal-noted"
	WALSegment    Point = "wal-segment"
	WALSpare      Point = "wal-spare"
	WALSpared     Point = "wal-spared"
	WALMark       Point = "wal-mark"
	WALMarked     Point = "wal-marked"
	WALPurge      Point = "wal-purge"
	WALPurging    Point = "wal-purging"
	WALRepair     Point = "wal-repair"
	WALRepairCopy Point = "wal-repair-copy"
	WALRepairCut  Point = "wal-repair-cut"

	Send    Point = "send"
	Sent    Point = "sent"
	Receive Point = "receive"
	Apply   Point = "apply"
	Applied Point = "applied"

	SnapshotCut     Point = "snapshot-cut"
	ShelfCreate     Point = "shelf-create"
	ShelfWrite      Point = "shelf-write"
	ShelfSync       Point = "shelf-sync"
	ShelfLink       Point = "shelf-link"
	ShelfBuilt      Point = "shelf-built"
	ShelfIngested   Point = "shelf-ingested"
	ShelfRename     Point = "shelf-rename"
	SnapshotWritten Point = "snapshot-written"

	SnapshotSend      Point = "snapshot-send"
	SnapshotChunk     Point = "snapshot-chunk"
	SnapshotReceived  Point = "snapshot-received"
	InstallBegin      Point = "install-begin"
	InstallMoved      Point = "install-moved"
	InstallAway       Point = "install-away"
	InstallPlaced     Point = "install-placed"
	SnapshotInstalled Point = "snapshot-installed"
	InstallMarked     Point = "install-marked"
	InstallLogged     Point = "install-logged"

	FileWritten   Point = "file-written"
	FileRenamed   Point = "file-renamed"
	FoundPromised Point = "found-promised"
	FoundAgreed   Point = "found-agreed"
	Found         Point = "found"
	ChangePropose Point = "change-propose"
	ChangeApplied Point = "change-applied"
	JoinReplaced  Point = "join-replaced"
	JoinAdmitted  Point = "join-admitted"
	JoinAccepted  Point = "join-accepted"
	MoveAgreed    Point = "move-agreed"
	MoveRemoved   Point = "move-removed"
)

// Row says of a point what has happened when it is hit.
type Row struct {
	Point Point
	// Fails: the action may be an error, which the code around has to take.
	Fails bool
	What  string
}

// Table has all points. tests/crash dies at each of them.
var Table = []Row{
	{WALCreate, false, "a new node has an identity and no log"},
	{WALCreated, false, "its log is there and empty"},
	{WALAppend, true, "an append begins: nothing of it is written"},
	{WALSynced, true, "it is on disk; the note of how far the log is synced is not written"},
	{WALNoted, false, "the note is written; raft does not know"},
	{WALSegment, false, "the append has begun a new segment"},
	{WALSpare, false, "a spare segment is filled with zeros and not at its place"},
	{WALSpared, false, "it is at its place, under two names"},
	{WALMark, true, "a snapshot is saved; the log is not marked"},
	{WALMarked, false, "it is marked; nothing is purged"},
	{WALPurge, false, "segments are about to be removed"},
	{WALPurging, false, "one of them is removed"},
	{WALRepair, false, "a torn tail was found at the start"},
	{WALRepairCopy, false, "a copy of it is kept"},
	{WALRepairCut, false, "it is cut off; that is not synced"},

	{Send, false, "messages with entries are about to leave"},
	{Sent, false, "they have left; a leader has not written its own copy"},
	{Receive, false, "messages with entries have come and were not looked at"},
	{Apply, false, "committed entries are about to be applied"},
	{Applied, false, "they are applied; nobody has an answer"},

	{SnapshotCut, true, "the state is cut; nothing of the snapshot is written"},
	{ShelfCreate, true, "a file of the shelf is about to be made"},
	{ShelfWrite, true, "one is about to be written to"},
	{ShelfSync, true, "a file or a directory of the shelf is about to be synced"},
	{ShelfLink, true, "a table is about to be linked into the database"},
	{ShelfBuilt, false, "all tables of a snapshot are on disk; the database does not have them"},
	{ShelfIngested, false, "it has them; the record of the newest snapshot is the old one"},
	{ShelfRename, true, "a file or directory of the shelf is about to be renamed"},
	{SnapshotWritten, false, "the snapshot is whole; the group does not know"},

	{SnapshotSend, false, "a part of a snapshot was sent"},
	{SnapshotChunk, false, "a part of a snapshot was received"},
	{SnapshotReceived, false, "it is whole and beside the shelf; raft does not know"},
	{InstallBegin, false, "the shelf is closed to be replaced"},
	{InstallMoved, false, "the received one is committed to"},
	{InstallAway, false, "the old one is out of the way"},
	{InstallPlaced, false, "the new one is at its place, the old one not removed"},
	{SnapshotInstalled, false, "the shelf is replaced; the log is not marked"},
	{InstallMarked, false, "the log is marked; the hard state is the old one"},
	{InstallLogged, false, "the log goes with the snapshot; the state in memory is the old one"},

	{FileWritten, true, "a small file of the data directory is written beside the old one"},
	{FileRenamed, false, "it has taken the place of the old one"},
	{FoundPromised, false, "a founder is about to promise that it founds no other cluster"},
	{FoundAgreed, false, "all founders have promised; the first has not written down that the cluster is founded"},
	{Found, false, "a founder knows who it is and has no first snapshot"},
	{ChangePropose, false, "a change of the membership is about to be proposed"},
	{ChangeApplied, false, "one is applied and was not acted upon"},
	{JoinReplaced, false, "a member was removed to make room for its successor, who is not added"},
	{JoinAdmitted, false, "a new member is added and does not know"},
	{JoinAccepted, false, "it was told who it is and has not written it down"},
	{MoveAgreed, false, "a node has given up its cluster for another; who met it was not told"},
	{MoveRemoved, false, "a part of what it had there is removed"},
}

// Env and EnvWait are the environment variables; see the top of the package.
const (
	Env     = "MSREDIS_FAILPOINT"
	EnvWait = "MSREDIS_FAILPOINT_WAIT"
)
