package store

import (
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"juwu/models"
)

// followMerge makes whatever points to the second record point to the first: the
// tie to a login, and every column of every table that ends in resident_id. A
// UNIQUE key that both would take is two people on one list; it refuses.
func (tx *Tx) followMerge(keep, drop models.ID) error {
	if err := errorsOf(tx.followLink(keep, drop), tx.followVoters(keep, drop)); err != nil {
		return err
	}
	for _, table := range tables {
		columns, err := residentColumnsOf(tx.DB, table)
		if err != nil {
			return err
		}
		for _, column := range columns {
			if err := tx.Model(table).Where(map[string]any{column: drop}).UpdateColumn(column, keep).Error; err != nil {
				return err
			}
		}
	}
	if err := tx.followStanding(keep, drop); err != nil {
		return err
	}
	from, to := "r"+drop.String(), "r"+keep.String()
	for _, k := range []struct {
		table  any
		column string
	}{{&models.Claim{}, "person_key"}, {&models.SecondFactorReset{}, "asked_key"}, {&models.ComplaintParty{}, "person_key"},
		{&models.MeetingSignup{}, "person_key"}, {&models.MeetingSignup{}, "live_person"}, {&models.TopicSupport{}, "person_key"},
		{&models.AppraisalGrade{}, "person_key"}, {&models.ReviewSheet{}, "person_key"}, {&models.TallySheet{}, "person_key"}} {
		if err := tx.Model(k.table).Where(map[string]any{k.column: from}).UpdateColumn(k.column, to).Error; err != nil {
			return err
		}
	}
	return tx.followPairs(keep)
}

// residentColumnsOf are the columns of a community's table that name a person
// on the roll. Staged rows of an import stay: their seals are bound to the
// record, and a roll that changed since refuses the import.
func residentColumnsOf(db *gorm.DB, table any) ([]string, error) {
	switch table.(type) {
	case *models.RollRow, *models.Voter: // followVoters does the rolls of voters
		return nil, nil
	}
	stmt := &gorm.Statement{DB: db}
	if err := stmt.Parse(table); err != nil {
		return nil, err
	}
	tenant := stmt.Schema.LookUpField("CommunityID")
	if tenant == nil || !tenant.PrimaryKey {
		return nil, nil
	}
	return namesOfPeople(stmt.Schema), nil
}

func namesOfPeople(s *schema.Schema) (columns []string) {
	for _, f := range s.Fields {
		if strings.HasSuffix(f.Name, "ResidentID") {
			columns = append(columns, f.DBName)
		}
	}
	return columns
}

// followLink moves the tie to a login; where both records have one, the second
// login's ends, and its owner is told.
func (tx *Tx) followLink(keep, drop models.ID) error {
	var links []models.ResidentLink
	if err := tx.Where("live_resident IN ?", []models.ID{keep, drop}).Find(&links).Error; err != nil {
		return err
	}
	for _, l := range links {
		if *l.LiveResident != drop {
			continue
		}
		if len(links) == 2 {
			if err := tx.endLinksOf(drop, 0, "link.merged"); err != nil {
				return err
			}
			if err := tx.Tell(l.UserID, "link.told.ended", nil, "/me/roll"); err != nil {
				return err
			}
			continue
		}
		err := tx.Model(&models.ResidentLink{}).Where("id = ?", l.ID).UpdateColumn("live_resident", keep).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// followPairs names the pairs of the merged person's relatives anew; of two
// relations to one person the older stays.
func (tx *Tx) followPairs(keep models.ID) error {
	var rows []models.Kinship
	if err := about(tx.Where("ended_at IS NULL"), models.Someone{ResidentID: keep}).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, k := range rows {
		pair := pairOf(k.First(), k.Other())
		now := models.Kinship{Pair: &pair}
		columns := []string{"pair"}
		if seen[pair] {
			now = models.Kinship{Until: tx.Day(), EndReason: "merged", EndedBy: tx.Actor.UserID, EndedName: tx.Actor.Name, EndedAt: &tx.Now}
			columns = []string{"pair", "until_day", "end_reason", "ended_by", "ended_name", "ended_at"}
		}
		seen[pair] = true
		if err := tx.Model(&models.Kinship{}).Where("id = ?", k.ID).Select(columns).Updates(&now).Error; err != nil {
			return err
		}
	}
	return nil
}

// followStanding moves what holds a person under another name than resident_id:
// a volunteer's registration, a mandate, a signature under a demand, a line of
// a meeting's list. Two registrations, mandates of one kind, signatures under
// one demand, or lines of a meeting that is in session are one person counted
// twice, and refuse; of a meeting that is over the list stays as it was frozen.
func (tx *Tx) followStanding(keep, drop models.ID) error {
	people := func(kinds string) *gorm.DB {
		return tx.Model(&models.Petition{}).Select("id").Where("unit IN ?", strings.Fields(kinds))
	}
	for _, err := range []error{
		tx.Model(&models.Volunteer{}).Where("live_person = ?", drop).UpdateColumn("live_person", keep).Error,
		tx.Model(&models.Mandate{}).Where("live_resident = ?", drop).UpdateColumn("live_resident", keep).Error,
		tx.Model(&models.PetitionSignature{}).Where("unit_id = ? AND petition_id IN (?)", drop, people("adults reps")).UpdateColumn("unit_id", keep).Error,
	} {
		if err != nil {
			return err
		}
	}
	person := []string{"resident", "rep"}
	var both []models.ID
	err := tx.Model(&models.SessionVoter{}).Where("key_id = ? AND kind IN ?", keep, person).Pluck("session_id", &both).Error
	if err != nil {
		return err
	}
	over := tx.Model(&models.AssemblySession{}).Select("id").Where("id IN ? AND state IN ?", orNone(both), []models.SessionState{models.SessionClosed, models.SessionCancelled})
	err = tx.Model(&models.SessionVoter{}).Where("key_id = ? AND kind IN ? AND session_id NOT IN (?)", drop, person, over).UpdateColumn("key_id", keep).Error
	if err != nil {
		return err
	}
	counted := tx.Model(&models.MemberReview{}).Select("id").Where("community_id = ? AND state = ?", tx.chain, models.ReviewClosed)
	return tx.Model(&models.ReviewVoter{}).Where("key_id = ? AND kind IN ? AND review_id NOT IN (?)", drop, person, counted).UpdateColumn("key_id", keep).Error
}
