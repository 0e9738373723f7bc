package store

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"juwu/ballot"
	"juwu/policy"
)

// archivedBoard is the board of the electronic ballot inside an archive.
type archivedBoard struct {
	at   io.ReaderAt
	size int64
	sum  [sha256.Size]byte
}

// open finds the bytes of the member, which is stored and not packed: it is read
// where it lies, however long it is.
func (b *archivedBoard) open(f *zip.File, r io.ReaderAt) error {
	from, err := f.DataOffset()
	if err != nil || f.Method != zip.Store || f.UncompressedSize64 != f.CompressedSize64 {
		return fmt.Errorf("%s is not stored as it must be", f.Name)
	}
	b.size = int64(f.UncompressedSize64)
	b.at = io.NewSectionReader(r, from, b.size)
	h := sha256.New()
	if n, err := io.Copy(h, io.NewSectionReader(b.at, 0, b.size)); err != nil || n != b.size {
		return fmt.Errorf("%s is cut off", f.Name)
	}
	h.Sum(b.sum[:0])
	return nil
}

// archivedBoards are the board and its count by their names.
type archivedBoards map[string]*archivedBoard

// verify verifies every ballot and proof: of the board alone, or of board and
// count together with the signed list of what the count leaves out.
func (a archivedBoards) verify(list []byte) (*ballot.Report, error) {
	board, count := a[archiveBoard], a[archiveTally]
	if count.size == 0 && list == nil {
		return ballot.Verify(board.at, board.size, ballot.Options{})
	}
	if count.size == 0 {
		return nil, fmt.Errorf("%s is missing", archiveTally)
	}
	both, err := ballot.Excluded(board.at, board.size, count.at, count.size)
	if err != nil {
		return nil, err
	}
	x, err := ballot.ParseExclusionList(list)
	if err != nil {
		return nil, err
	}
	return both.Count, x.Check(both, nil)
}

// check compares what the board counts with what the election's count took from it.
func (a archivedBoards) check(members map[string][]byte) []string {
	var h archiveHead
	if json.Unmarshal(members["election.json"], &h) != nil {
		return nil // checkFigures has said so
	}
	if a[archiveBoard].size == 0 {
		if len(h.Electronic) > 0 {
			return []string{archiveBoard + " is missing: nothing shows where the electronic votes come from"}
		}
		return nil
	}
	report, err := a.verify(members[archiveList])
	if err != nil {
		return []string{archiveBoard + ": " + err.Error()}
	}
	if len(h.Electronic) == 0 {
		return nil // too few voted: it was never opened
	}
	var questions []policy.ElectronicQuestion
	counts, err := json.Marshal(report.Result)
	if err != nil || json.Unmarshal(h.Questions, &questions) != nil {
		return []string{"the questions of the electronic ballot cannot be read"}
	}
	var rows [][]int64
	if json.Unmarshal(counts, &rows) != nil {
		return []string{archiveBoard + " has no result"}
	}
	tally, err := policy.ElectronicTally(questions, rows, int(report.Counted), h.Rules)
	if err != nil {
		return []string{archiveBoard + ": " + err.Error()}
	}
	own, err := json.Marshal(tally)
	var taken policy.Tally
	if err != nil || json.Unmarshal(h.Electronic, &taken) != nil {
		return []string{"the electronic count cannot be read"}
	}
	if again, err := json.Marshal(taken); err != nil || !bytes.Equal(own, again) {
		return []string{archiveBoard + " counts other votes than the result took from it"}
	}
	return nil
}

func checkSums(members map[string][]byte, boards archivedBoards) (bad []string) {
	lines := strings.Split(strings.TrimSpace(string(members["SHA256SUMS"])), "\n")
	if lines[0] != archiveFormat {
		return []string{"SHA256SUMS is missing or of another format"}
	}
	named := []string{"SHA256SUMS"}
	for _, l := range lines[1:] {
		sum, name, _ := strings.Cut(l, "  ")
		got := sha256.Sum256(members[name])
		if board := boards[name]; board != nil && board.size > 0 {
			got = board.sum
		}
		if hex.EncodeToString(got[:]) != sum {
			bad = append(bad, name+" is not what SHA256SUMS says")
		}
		named = append(named, name)
	}
	for name, board := range boards {
		if board.size > 0 && !slices.Contains(named, name) {
			bad = append(bad, name+" is not in SHA256SUMS")
		}
	}
	for name := range members {
		if !slices.Contains(named, name) {
			bad = append(bad, name+" is not in SHA256SUMS")
		}
	}
	return bad
}
