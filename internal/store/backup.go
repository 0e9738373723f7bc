package store

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/models"
)

// tables are all tables in an order in which they can be filled. What is
// short-lived (sessions, codes, limits, leases) is not backed up: after a
// restore people log in again.
var tables = []any{
	&models.Region{}, &models.Community{}, &models.Grid{}, &models.Building{}, &models.Household{},
	&models.Resident{}, &models.RollRow{}, &models.User{}, &models.ResidentLink{}, &models.Unmasking{}, &models.RecoveryCode{},
	&models.Appointment{}, &models.AuditRow{}, &models.AuditHead{}, &models.OutboxMessage{}, &models.InboxMessage{},
	&models.Stamp{}, &models.Consent{}, &models.Counter{}, &models.Import{}, &models.Attachment{}, &models.Follow{},
	&models.AccountMonth{}, &models.AccountEntry{}, &models.AccountSignature{}, &models.AccountEvent{},
	&models.BudgetLine{}, &models.Claim{}, &models.ClaimLine{}, &models.Inquiry{},
	&models.DisclosureItem{}, &models.DisclosureDone{}, &models.DisclosureCall{}, &models.Notice{}, &models.SecondFactorReset{}, &models.Correction{}, &models.Proposal{},
	&models.BallotBoard{},
	&models.BallotEvent{},
	&models.BallotVoter{},
	&models.BallotTrustee{},
	&models.BallotHead{},
	&models.BallotCount{}, &models.BallotKey{},
	&models.Election{},
	&models.ElectionPost{},
	&models.ElectionStep{},
	&models.ElectionNotice{},
	&models.NoticeDisplay{},
	&models.ElectoralMember{},
	&models.Voter{},
	&models.RollObjection{},
	&models.RollCorrection{},
	&models.Proxy{},
	&models.Nomination{},
	&models.Cosignature{},
	&models.Candidate{},
	&models.CandidateAnswer{},
	&models.PollingStation{},
	&models.PollStaff{},
	&models.ProvisionalBallot{},
	&models.StationEvent{},
	&models.TallySheet{},
	&models.TallyLine{},
	&models.PaperBallot{},
	&models.TallyConfirm{},
	&models.WriteIn{},
	&models.ElectedMember{},
	&models.ElectionComplaint{},
	&models.HandoverItem{},
	&models.Recall{},
	&models.Resignation{},
	&models.ElectionRound{},
	&models.Kinship{},
	&models.Merge{},
	&models.Body{}, &models.BodyPlace{}, &models.Mandate{},
	&models.BodyVote{}, &models.BodyCandidate{}, &models.BodyVoteMark{},
	&models.Decision{}, &models.DecisionNote{},
	&models.ComplaintUnit{}, &models.ComplaintCategory{}, &models.ComplaintTemplate{}, &models.ComplaintSpot{},
	&models.Complaint{}, &models.ComplaintEvent{}, &models.ComplaintReporter{}, &models.ComplaintParty{}, &models.ComplaintAssist{}, &models.ComplaintLink{},
	&models.VisitPlan{}, &models.Visit{},
	&models.HandoverTarget{}, &models.ComplaintHandover{}, &models.Open311Key{}, &models.Open311Filing{},
	&models.Draft{}, // their pictures are in the files: without them those would be orphans
	&models.Volunteer{},
	&models.ListRow{},
	&models.Team{},
	&models.TeamMember{},
	&models.VolunteerSettings{},
	&models.VolunteerCount{},
	&models.VolunteerMonth{},
	&models.PartyCheckIn{},
	&models.Activity{},
	&models.ActivityJob{},
	&models.Shift{},
	&models.Signup{},
	&models.VolunteerSlot{},
	&models.Swap{},
	&models.Attendance{},
	&models.LeaderDevice{},
	&models.Hours{},
	&models.VolunteerDay{},
	&models.VolunteerSum{},
	&models.StarAward{},
	&models.ServiceCertificate{},
	&models.CertifiedHours{},
	&models.PublicKey{},
	&models.PointsEntry{},
	&models.PointsAccount{},
	&models.PointsLot{},
	&models.Reward{},
	&models.Redemption{},
	&models.HelpRequest{},
	&models.HelpOffer{},
	&models.Pairing{},
	&models.PairVisit{},
	&models.Thanks{},
	&models.Matter{},
	&models.MatterText{},
	&models.MatterOption{},
	&models.MatterComment{},
	&models.AssemblySession{},
	&models.SessionVoter{},
	&models.SessionItem{},
	&models.VoteMark{},
	&models.SecretBallot{},
	&models.ItemCount{},
	&models.SessionGuest{},
	&models.SessionSign{},
	&models.Petition{},
	&models.PetitionSignature{},
	&models.Initiative{},
	&models.InitiativeSupport{},
	&models.Interpellation{},
	&models.DecisionTask{},
	&models.TaskReport{},
	&models.MoneyRule{},
	&models.Contract{},
	&models.Fundraising{},
	&models.Gift{},
	&models.Covenant{},
	&models.CovenantVersion{},
	&models.JointMeeting{},
	&models.JointParty{},
	&models.CobuildPledge{},
	&models.OwnersNotice{},
	&models.Mediation{}, &models.MediationParty{}, &models.MediationMediator{}, &models.MediationEvent{}, &models.MediationSession{}, &models.MediationPromise{}, &models.MediationSignature{},
	&models.CivicMeeting{}, &models.MeetingItem{}, &models.MeetingInvite{}, &models.MeetingSeats{}, &models.MeetingSignup{},
	&models.MeetingOpinion{}, &models.MeetingStep{}, &models.Minutes{}, &models.MeetingTopic{}, &models.TopicSupport{}, &models.MeetingPosting{},
	&models.MinutesFiling{},
	&models.Appraisal{},
	&models.AppraisalGrade{},
	&models.MemberReview{},
	&models.ReviewedMember{},
	&models.ReviewVoter{},
	&models.ReviewMark{},
	&models.ReviewBallot{},
	&models.ReviewSheet{},
}

// fleeting tables hold nothing that a restore should bring back.
var fleeting = []any{&models.Session{}, &models.LoginCode{}, &models.Limit{}, &models.Lease{}, &models.BallotShelf{}}

const backupBatch = 500

// backupHead is the first member of a backup.
type backupHead struct {
	Format string    `json:"format"`
	At     time.Time `json:"at"`
	Heads  []struct {
		Community models.ID `json:"community"`
		Seq       int64     `json:"seq"`
		Hash      string    `json:"hash"`
	} `json:"heads"` // ends of the audit chains: what is restored can be compared with what was printed
}

const backupFormat = "juwu backup 1"

// Backup writes one consistent snapshot of the database and the files to w
// while the server goes on: a gzipped tar of JSON lines per table. It is the
// same for both databases, so a community can move from one to the other.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	zip := gzip.NewWriter(w)
	out := tar.NewWriter(zip)
	begun := s.read.WithContext(ctx).Begin(&sql.TxOptions{Isolation: snapshotLevel(s.dialect), ReadOnly: true})
	if begun.Error != nil {
		return begun.Error
	}
	defer begun.Rollback()
	db := scoped(begun, allTenants)
	if err := s.writeHead(db, out); err != nil {
		return err
	}
	for _, table := range tables {
		if err := dumpTable(db, table, out); err != nil {
			return err
		}
	}
	if err := s.dumpFiles(out); err != nil {
		return err
	}
	return errors.Join(out.Close(), zip.Close())
}

// snapshotLevel gives all reads of a transaction one snapshot. SQLite has no
// other way and takes no level.
func snapshotLevel(d dialect) sql.IsolationLevel {
	if d == dialectMySQL {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

func (s *Store) writeHead(db *gorm.DB, out *tar.Writer) error {
	var heads []models.AuditHead
	if err := db.Order("community_id").Find(&heads).Error; err != nil {
		return err
	}
	head := backupHead{Format: backupFormat, At: s.Now()}
	for _, h := range heads {
		head.Heads = append(head.Heads, struct {
			Community models.ID `json:"community"`
			Seq       int64     `json:"seq"`
			Hash      string    `json:"hash"`
		}{h.CommunityID, h.Seq, hex.EncodeToString(h.Hash)})
	}
	b, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return addMember(out, "head.json", b)
}

func addMember(out *tar.Writer, name string, b []byte) error {
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b)), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := out.Write(b)
	return err
}

// dumpTable writes a table as members of a batch of rows each, so that memory
// stays bounded: a tar member's size must be known before it is written.
func dumpTable(db *gorm.DB, table any, out *tar.Writer) error {
	kind := reflect.TypeOf(table).Elem()
	rows, err := db.Model(table).Rows()
	if err != nil {
		return fmt.Errorf("back up %s: %w", kind.Name(), err)
	}
	defer func() { _ = rows.Close() }()
	var batch strings.Builder
	n, part := 0, 0
	flush := func() error {
		if n == 0 {
			return nil
		}
		part++
		err := addMember(out, fmt.Sprintf("table/%s/%06d.jsonl", kind.Name(), part), []byte(batch.String()))
		batch.Reset()
		n = 0
		return err
	}
	for rows.Next() {
		row := reflect.New(kind)
		if err := db.ScanRows(rows, row.Interface()); err != nil {
			return err
		}
		b, err := json.Marshal(row.Interface())
		if err != nil {
			return err
		}
		batch.Write(b)
		batch.WriteByte('\n')
		if n++; n == backupBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return errors.Join(rows.Err(), flush())
}

func (s *Store) dumpFiles(out *tar.Writer) error {
	root := filepath.Join(s.opt.DataDir, "files")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "new-") {
			return err
		}
		name, err := filepath.Rel(s.opt.DataDir, path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path) // an attachment is at most a few megabytes
		if err != nil {
			return err
		}
		return addMember(out, filepath.ToSlash(name), b)
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// Restore fills an empty, migrated database and an empty data folder from a
// backup. It refuses a database that has a community: a restore is never a
// rollback in place.
func (s *Store) Restore(ctx context.Context, r io.Reader) (at time.Time, err error) {
	var n int64
	if err := s.db(ctx).Model(&models.Region{}).Count(&n).Error; err != nil {
		return at, err
	}
	if n > 0 {
		return at, errors.New("the database is not empty: restore into a new data folder or database")
	}
	zip, err := gzip.NewReader(r)
	if err != nil {
		return at, fmt.Errorf("not a backup of Juwu: %w", err)
	}
	in := tar.NewReader(zip)
	head, err := readHead(in)
	if err != nil {
		return at, err
	}
	db := scoped(s.write.WithContext(ctx), allTenants)
	err = db.Transaction(func(tx *gorm.DB) error { return s.restoreMembers(tx, in) })
	return head.At, err
}

func readHead(in *tar.Reader) (head backupHead, err error) {
	h, err := in.Next()
	if err != nil || h.Name != "head.json" {
		return head, errors.New("not a backup of Juwu")
	}
	if err := json.NewDecoder(in).Decode(&head); err != nil {
		return head, err
	}
	if head.Format != backupFormat {
		return head, fmt.Errorf("backup of another format: %q", head.Format)
	}
	return head, nil
}

func (s *Store) restoreMembers(tx *gorm.DB, in *tar.Reader) error {
	kinds := map[string]reflect.Type{}
	for _, t := range tables {
		k := reflect.TypeOf(t).Elem()
		kinds[k.Name()] = k
	}
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		part := strings.Split(h.Name, "/")
		switch {
		case len(part) == 3 && part[0] == "table" && kinds[part[1]] != nil:
			err = restoreRows(tx, kinds[part[1]], in)
		case len(part) == 4 && part[0] == "files":
			err = s.restoreFile(part, in)
		default:
			err = errors.New("unknown member")
		}
		if err != nil {
			return fmt.Errorf("restore %s: %w", h.Name, err)
		}
	}
}

func restoreRows(tx *gorm.DB, kind reflect.Type, in io.Reader) error {
	rows := reflect.New(reflect.SliceOf(kind))
	d := json.NewDecoder(in)
	for d.More() {
		row := reflect.New(kind)
		if err := d.Decode(row.Interface()); err != nil {
			return err
		}
		rows.Elem().Set(reflect.Append(rows.Elem(), row.Elem()))
	}
	if rows.Elem().Len() == 0 {
		return nil
	}
	return tx.CreateInBatches(rows.Interface(), 100).Error
}

// restoreFile trusts no name: the path is made anew from numbers and the
// content's own hash.
func (s *Store) restoreFile(part []string, in io.Reader) error {
	community, ok := models.ParseID(part[1])
	b, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	if !ok || part[2]+part[3] != hex.EncodeToString(sum[:]) {
		return errors.New("the content is not what its name says")
	}
	_, err = s.In(&models.Community{ID: community}).PutFile(b)
	return err
}
