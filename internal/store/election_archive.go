package store

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// SealedResult reads the result as it was sealed.
func SealedResult(e *models.Election) (r policy.Result, err error) {
	err = json.Unmarshal(e.Result, &r)
	return r, err
}

// ArchiveElection closes the file of a sealed election once its handover is
// confirmed (art. 39).
func (t *Tenant) ArchiveElection(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "publish")
		if err != nil {
			return err
		}
		if e.Kind == models.ElectionGeneral && e.HandoverAt == nil {
			return problem.New(problem.TooEarly, "election.archive.early", nil)
		}
		now := tx.Now
		e.ArchivedAt = &now
		if err := tx.moveElection(e, "archive", "archived_at"); err != nil {
			return err
		}
		tx.Audit("election.archive", id, nil)
		return tx.stepDone(e, "archive", "")
	})
}

const archiveFormat = "juwu election archive 1"

// archiveFile is one member of an archive: a body, or a board that is streamed
// and stored as it is, so that it can be checked where it lies.
type archiveFile struct {
	name  string
	body  []byte
	board io.Reader
}

// Members that hold the board of the electronic ballot and, where paper
// overrides, the archive of its count and the signed list of what that leaves out.
const (
	archiveBoard = "board.bel"
	archiveTally = "count.bel"
	archiveList  = "exclusions.json"
)

func (f archiveFile) write(out *zip.Writer) (sum []byte, err error) {
	h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
	in := f.board
	if in == nil {
		in = bytes.NewReader(f.body)
	} else {
		h.Method = zip.Store
	}
	member, err := out.CreateHeader(h)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(member, hash), in)
	return hash.Sum(nil), err
}

// WriteArchive writes the file of an election as one ZIP: a page to read, tables
// to count again, JSON for machines, and the SHA-256 of each member. It holds
// who was on the roll and who was elected, and nothing of who voted how.
func (t *Tenant) WriteArchive(ctx context.Context, id models.ID, w io.Writer) error {
	e, err := electionByID(t.db(ctx), id)
	if err != nil {
		return err
	}
	if !policy.ElectionReached(e.State, models.ElectionSealed) && e.State != models.ElectionVoid {
		return problem.New(problem.TooEarly, "election.archive.early", nil)
	}
	files, err := t.archiveFiles(ctx, e)
	if err != nil {
		return err
	}
	var sums strings.Builder
	sums.WriteString(archiveFormat + "\n")
	out := zip.NewWriter(w)
	for _, f := range files {
		sum, err := f.write(out)
		if err != nil {
			return err
		}
		sums.WriteString(hex.EncodeToString(sum) + "  " + f.name + "\n")
	}
	if _, err := (archiveFile{name: "SHA256SUMS", body: []byte(sums.String())}).write(out); err != nil {
		return err
	}
	return out.Close()
}

func (t *Tenant) archiveFiles(ctx context.Context, e *models.Election) ([]archiveFile, error) {
	db := t.db(ctx)
	var files []archiveFile
	for _, part := range []struct {
		name string
		make func(*gorm.DB, *models.Election) ([]byte, error)
	}{
		{"election.json", archiveJSON}, {"roll.csv", archiveRoll}, {"candidates.csv", archiveCandidates}, {"boxes.csv", archiveBoxes}, {"count.csv", archiveCount}, {"notices.html", archiveNotices},
	} {
		b, err := part.make(db, e)
		if err != nil {
			return nil, err
		}
		files = append(files, archiveFile{name: part.name, body: b})
	}
	if e.Kind == models.ElectionRecall {
		b, err := archiveRecall(db, e)
		if err != nil {
			return nil, err
		}
		files = append(files, archiveFile{name: archiveDemand, body: b})
	}
	b, err := electionBoard(db, e.ID)
	if err != nil || b == nil || b.Height == 0 {
		return files, err
	}
	files = append(files, archiveFile{name: archiveBoard, board: t.BoardReader(ctx, b.ID, 0, b.Bytes)})
	c, err := countOf(db, b.ID)
	if err != nil || c == nil || !c.Signed() {
		return files, err
	}
	list, err := t.listOf(ctx, b, c)
	if err != nil {
		return nil, err
	}
	return append(files, archiveFile{name: archiveTally, board: t.BoardReader(ctx, c.ID, 0, c.Bytes)}, archiveFile{name: archiveList, body: list.Bytes()}), nil
}

// archiveHead is election.json.
type archiveHead struct {
	Format      string            `json:"format"`
	Community   string            `json:"community"`
	ID          models.ID         `json:"id"`
	Title       string            `json:"title"`
	Day         models.Date       `json:"day"`
	Mode        string            `json:"mode"`
	Kind        string            `json:"kind"`
	State       string            `json:"state"`
	CommunityID models.ID         `json:"community_id"`
	Rules       policy.Rules      `json:"rules"`
	RulesHash   string            `json:"rules_hash"`
	RollHash    string            `json:"roll_fingerprint"`
	Voters      int               `json:"voters"`
	Electors    int               `json:"electors"`
	Result      json.RawMessage   `json:"result"`
	Electronic  json.RawMessage   `json:"electronic,omitempty"`
	Questions   json.RawMessage   `json:"electronic_questions,omitempty"` // which line of the count each answer of the board is
	Fingerprint string            `json:"fingerprint"`
	Sealed      string            `json:"sealed_by"`
	Elected     []map[string]any  `json:"elected"`
	Void        map[string]string `json:"void,omitempty"`
	Steps       map[string]string `json:"steps"`
}

func archiveJSON(db *gorm.DB, e *models.Election) ([]byte, error) {
	h := archiveHead{Format: archiveFormat, ID: e.ID, CommunityID: e.CommunityID, Title: e.Title, Day: e.Day, Mode: string(e.Mode), Kind: string(e.Kind), State: string(e.State), Rules: policy.ReadRules(e),
		RulesHash: hex.EncodeToString(e.RulesHash), RollHash: hex.EncodeToString(e.RollFingerprint), Voters: e.Voters, Electors: e.Electors, Result: e.Result,
		Electronic: e.EResult, Questions: e.ECandidate, Fingerprint: hex.EncodeToString(e.Fingerprint), Sealed: e.SealedName, Steps: map[string]string{}}
	var won []models.ElectedMember
	if err := db.Where("election_id = ?", e.ID).Order("`rank`").Find(&won).Error; err != nil {
		return nil, err
	}
	for _, m := range won {
		h.Elected = append(h.Elected, map[string]any{"name": m.Name, "post": m.Post, "votes": m.Votes, "certificate": m.Certificate, "void": m.VoidGround})
	}
	if e.VoidAt != nil {
		h.Void = map[string]string{"ground": e.VoidGround, "reason": e.VoidReason, "by": e.VoidBy}
	}
	var steps []models.ElectionStep
	if err := db.Where("election_id = ?", e.ID).Find(&steps).Error; err != nil {
		return nil, err
	}
	for _, s := range steps {
		h.Steps[s.Key] = string(models.DateOf(s.DoneAt)) + " " + s.DoneName
	}
	return json.MarshalIndent(h, "", "  ")
}

func table(head []string, rows [][]string) ([]byte, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	err := errors.Join(w.Write(head), w.WriteAll(rows))
	return []byte(b.String()), err
}

func archiveRoll(db *gorm.DB, e *models.Election) ([]byte, error) {
	var rows [][]string
	for after := 0; ; {
		var part []models.Voter
		err := db.Where("election_id = ? AND state = ? AND number > ?", e.ID, models.VoterDeclared, after).Order("number").Limit(1000).Find(&part).Error
		if err != nil {
			return nil, err
		}
		if len(part) == 0 {
			return table([]string{"number", "row", "elector", "late", "name", "building", "basis"}, rows)
		}
		for _, v := range part {
			after = v.Number
			rows = append(rows, []string{strconv.Itoa(v.Number), v.ID.String(), strconv.FormatBool(v.Elector), strconv.FormatBool(v.Late), v.Name, v.Building, string(v.Basis)})
		}
	}
}

func archiveCandidates(db *gorm.DB, e *models.Election) ([]byte, error) {
	all, err := candidatesOf(db, e.ID)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, c := range all {
		rows = append(rows, []string{c.ID.String(), c.Name, string(c.Post), string(c.State), string(c.Kind), strconv.Itoa(c.Place), c.Ground})
	}
	return table([]string{"id", "name", "post", "state", "nominated_by", "place", "ground"}, rows)
}

func archiveBoxes(db *gorm.DB, e *models.Election) ([]byte, error) {
	all, err := stationsOf(db, e.ID)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, s := range all {
		rows = append(rows, []string{s.ID.String(), s.Name, string(s.Kind), string(s.State), strconv.Itoa(s.Received), strconv.Itoa(s.Issued), strconv.Itoa(s.Spoiled), strconv.Itoa(s.Unused),
			strconv.Itoa(s.InBox), s.Seal, s.CountWith.String(), s.Reason})
	}
	return table([]string{"id", "name", "kind", "state", "received", "issued", "spoiled", "unused", "in_box", "seal", "mixed_with", "reason"}, rows)
}

func archiveCount(db *gorm.DB, e *models.Election) ([]byte, error) {
	var lines []struct {
		StationID models.ID
		Teller    int
		Name      string
		Key       string
		N         int
	}
	err := db.Model(&models.TallyLine{}).Select("tally_sheets.station_id, tally_sheets.teller, tally_sheets.name, tally_lines.`key`, tally_lines.n").
		Joins("JOIN tally_sheets ON tally_sheets.community_id = tally_lines.community_id AND tally_sheets.id = tally_lines.sheet_id").
		Where("tally_lines.election_id = ?", e.ID).Order("tally_sheets.station_id, tally_sheets.teller, tally_lines.`key`").Scan(&lines).Error
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, []string{l.StationID.String(), strconv.Itoa(l.Teller), l.Name, l.Key, strconv.Itoa(l.N)})
	}
	return table([]string{"heap", "teller", "name", "line", "n"}, rows)
}

func archiveNotices(db *gorm.DB, e *models.Election) ([]byte, error) {
	var rows []models.ElectionNotice
	if err := db.Where("election_id = ? AND state = ?", e.ID, models.ElectionNoticePublished).Order("number").Find(&rows).Error; err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>%s</title>\n<body>\n<h1>%s</h1>\n", html.EscapeString(e.Title), html.EscapeString(e.Title))
	for _, n := range rows {
		fmt.Fprintf(&b, "<h2>%d. %s</h2>\n<p>%s</p>\n", *n.Number, html.EscapeString(n.Title), strings.ReplaceAll(html.EscapeString(n.Body), "\n", "<br>\n"))
		var shown []models.NoticeDisplay
		if err := db.Where("notice_id = ?", n.ID).Order("id").Find(&shown).Error; err != nil {
			return nil, err
		}
		for _, d := range shown {
			fmt.Fprintf(&b, "<p>%s %s %s</p>\n", html.EscapeString(string(d.Day)), html.EscapeString(d.Place), html.EscapeString(d.Witness))
		}
	}
	b.WriteString("</body></html>\n")
	return []byte(b.String()), nil
}

// maxArchive is how many bytes all members of an archive may unpack to. That of
// 6,000 voters has about 1 MB.
const maxArchive = 128 << 20

// CheckArchive reads an archive years later, without a database: every member
// has its fingerprint, the roll its own, and the result follows from the agreed
// lines by addition. It returns what does not hold.
func CheckArchive(r io.ReaderAt, size int64) ([]string, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not an archive of an election: %w", err)
	}
	members, left := map[string][]byte{}, uint64(maxArchive)
	boards := archivedBoards{archiveBoard: {}, archiveTally: {}}
	for _, f := range z.File {
		if board := boards[f.Name]; board != nil {
			if board.at != nil {
				return []string{"member " + f.Name + " does not belong"}, nil
			}
			if err := board.open(f, r); err != nil {
				return nil, err
			}
			continue
		}
		if _, twice := members[f.Name]; twice || f.UncompressedSize64 > left || strings.ContainsAny(f.Name, "/\\") {
			return []string{"member " + f.Name + " does not belong"}, nil
		}
		left -= f.UncompressedSize64
		in, err := f.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(in, int64(f.UncompressedSize64)))
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		members[f.Name] = b
	}
	return slices.Concat(checkSums(members, boards), checkFigures(members), boards.check(members)), nil
}

func checkFigures(members map[string][]byte) (bad []string) {
	var h archiveHead
	if err := json.Unmarshal(members["election.json"], &h); err != nil {
		return []string{"election.json cannot be read"}
	}
	roll, err := csv.NewReader(strings.NewReader(string(members["roll.csv"]))).ReadAll()
	if err != nil || len(roll) == 0 {
		return []string{"roll.csv cannot be read"}
	}
	sum := sha256.New()
	sum.Write([]byte("juwu roll 1\t" + h.CommunityID.String() + "\t" + h.ID.String() + "\t" + h.Mode + "\n"))
	for _, r := range roll[1:] {
		if len(r) > 3 && r[3] == "false" {
			flag := map[string]string{"true": "1", "false": "0"}[r[2]]
			sum.Write([]byte(r[0] + "\t" + r[1] + "\t" + flag + "\n"))
		}
	}
	if h.RollHash != "" && hex.EncodeToString(sum.Sum(nil)) != h.RollHash {
		bad = append(bad, "roll.csv does not have the fingerprint of the frozen roll")
	}
	count, err := csv.NewReader(strings.NewReader(string(members["count.csv"]))).ReadAll()
	if err != nil || len(count) == 0 {
		return append(bad, "count.csv cannot be read")
	}
	agreed := policy.Tally{}
	for _, r := range count[1:] {
		if n, err := strconv.Atoi(r[4]); err == nil && r[1] == strconv.Itoa(models.TellerAgreed) {
			agreed[r[3]] += n
		}
	}
	var electronic policy.Tally
	if len(h.Electronic) > 0 && json.Unmarshal(h.Electronic, &electronic) == nil {
		agreed.Add(electronic)
	}
	if h.Fingerprint == "" { // void before its result was sealed: there is nothing to compare
		return bad
	}
	var r policy.Result
	if json.Unmarshal(h.Result, &r) != nil {
		return append(bad, "the result cannot be read")
	}
	if h.Void == nil && h.Kind == string(models.ElectionRecall) {
		bad = append(bad, checkDemand(members[archiveDemand], h)...)
	}
	for _, s := range r.Scores {
		if got := agreed[policy.TallyKey(policy.MarkFor, s.ID)]; got != s.For && h.Rules.Choice("ballot.dual_post") != "down" {
			bad = append(bad, fmt.Sprintf("%s has %d votes in the result and %d in the count", s.Name, s.For, got))
		}
	}
	if r.ValidBallots != agreed["valid"] || r.Invalid != agreed["invalid"] || r.Blank != agreed["blank"] {
		bad = append(bad, "the ballots of the result are not those of the count")
	}
	return bad
}
