package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"gorm.io/gorm"

	"juwu/models"
)

// resultFingerprint is SHA-256 over lines of fields separated by one tab:
//
//	juwu election 1	<community>	<election>	<day>	<mode>
//	rules	<hash>   roll	<hash>	<voters>	<electors>
//	box	<station>	<state>	<issued>	<spoiled>	<in box>   … by id
//	line	<heap>	<key>	<n>                              … agreed sheets, by heap and key
//	electronic	<JSON>   result	<JSON>
//
// (each keyword begins a line of its own).
func resultFingerprint(db *gorm.DB, e *models.Election) ([]byte, error) {
	h := sha256.New()
	line := func(fields ...string) {
		for i, f := range fields {
			if i > 0 {
				h.Write([]byte{'\t'})
			}
			h.Write([]byte(f))
		}
		h.Write([]byte{'\n'})
	}
	num := strconv.Itoa
	line("juwu election 1", e.CommunityID.String(), e.ID.String(), string(e.Day), string(e.Mode))
	line("rules", hex.EncodeToString(e.RulesHash))
	line("roll", hex.EncodeToString(e.RollFingerprint), num(e.Voters), num(e.Electors))
	stations, err := stationsOf(db, e.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range stations {
		line("box", s.ID.String(), string(s.State), num(s.Issued), num(s.Spoiled), num(s.InBox))
	}
	var lines []struct {
		StationID models.ID
		Key       string
		N         int
	}
	err = db.Model(&models.TallyLine{}).Select("tally_sheets.station_id, tally_lines.`key`, tally_lines.n").
		Joins("JOIN tally_sheets ON tally_sheets.community_id = tally_lines.community_id AND tally_sheets.id = tally_lines.sheet_id").
		Where("tally_lines.election_id = ? AND tally_sheets.teller = ?", e.ID, models.TellerAgreed).
		Order("tally_sheets.station_id, tally_lines.`key`").Scan(&lines).Error
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		line("line", l.StationID.String(), l.Key, num(l.N))
	}
	line("electronic", string(e.EResult))
	line("result", string(e.Result))
	return h.Sum(nil), nil
}
