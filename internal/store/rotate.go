package store

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"gorm.io/gorm"

	"juwu/models"
)

// sealed is a column of personal data, the id its seal is bound to, and the
// blind index that stands beside it.
type sealed struct {
	table, column, place, row string
	index, purpose            string
}

var sealedColumns = []sealed{
	{"residents", "document_seal", sealDocument, "id", "document_index", indexDocument},
	{"residents", "phone_seal", sealPhone, "id", "phone_index", indexPhone},
	{"roll_rows", "document_seal", sealDocument, "resident_id", "", ""},
	{"roll_rows", "phone_seal", sealPhone, "resident_id", "", ""},
	{"users", "phone_seal", "users.phone", "id", "phone_index", indexPhone},
	{"users", "totp_seal", "users.totp", "id", "", ""},
	{"users", "mp_open_id_seal", "users.mp", "id", "", ""},
	{"resident_links", "claim", "resident_links.claim", "id", "", ""},
	{"corrections", "wish", "corrections.wish", "id", "", ""},
	{"volunteers", "phone_seal", sealVolunteerPhone, "id", "phone_index", indexPhone},
	{"volunteers", "national_seal", sealVolunteerNational, "id", "national_index", indexNational},
	{"volunteers", "guardian_seal", sealGuardian, "id", "guardian_index", indexPhone},
	{"volunteers", "limits_seal", sealVolunteerLimits, "id", "", ""},
	{"teams", "roster_seal", sealRoster, "id", "", ""},
	{"list_rows", "data_seal", sealListRow, "id", "", ""},
	{"help_requests", "person_seal", sealHelp, "id", "", ""},
	{"pair_visits", "note_seal", sealVisit, "id", "", ""},
	{"leader_devices", "key_seal", sealDevice, "id", "", ""},
	{"proposals", "phone_seal", sealProposal, "id", "", ""},
	{"ballot_boards", "mark_key", sealMark, "id", "", ""},
	{"complaints", "body_seal", sealCaseBody, "id", "", ""},
	{"complaint_events", "text_seal", sealCaseEvent, "id", "", ""},
	{"complaint_reporters", "name_seal", sealReporterName, "id", "", ""},
	{"complaint_reporters", "phone_seal", sealReporterPhone, "id", "", ""},
	{"drafts", "body_seal", "drafts.body", "id", "", ""},
	{"visits", "note_seal", sealVisitNote, "id", "", ""},
	{"handover_targets", "secret_seal", sealHandoverSecret, "id", "", ""},
	{"complaint_handovers", "answers_seal", sealHandoverAnswers, "id", "", ""},
	{"civic_meetings", "link_seal", sealMeetingLink, "id", "", ""},
	{"civic_meetings", "seed_seal", sealMeetingSeed, "id", "", ""},
	{"meeting_invites", "phone_seal", sealInvitePhone, "id", "phone_index", indexPhone},
	{"meeting_signups", "phone_seal", sealSignupPhone, "id", "", ""},
	{"meeting_signups", "needs_seal", sealSignupNeeds, "id", "", ""},
	{"mediations", "request_seal", sealMediationRequest, "id", "", ""},
	{"mediations", "agreement_seal", sealMediationAgreement, "id", "", ""},
	{"mediations", "paper_key_seal", sealMediationKey, "id", "", ""},
	{"mediation_parties", "name_seal", sealPartyName, "id", "", ""},
	{"mediation_parties", "phone_seal", sealPartyPhone, "id", "phone_index", indexPhone},
	{"mediation_parties", "address_seal", sealPartyAddress, "id", "", ""},
	{"mediation_events", "text_seal", sealMediationEvent, "id", "", ""},
	{"mediation_sessions", "place_seal", sealSittingPlace, "id", "", ""},
	{"mediation_sessions", "guests_seal", sealSittingGuests, "id", "", ""},
	{"mediation_promises", "what_seal", sealPromise, "id", "", ""},
	{"outbox_messages", "recipient", "outbox.recipient", "id", "", ""},
	{"outbox_messages", "args", "outbox.args", "id", "", ""},
}

// Rotate seals everything with the newest key version and makes indexes and
// signatures with it, in one transaction. JUWU_KEY must hold the old and the
// new version, and no server may run: afterwards only the new one is kept.
// What is hashed and not sealed cannot be carried over: staged rolls and
// recovery codes are dropped, sessions end.
func (s *Store) Rotate(ctx context.Context) error {
	alone := s.opt.Keys.Newest()
	return scoped(s.write.WithContext(ctx), allTenants).Transaction(func(db *gorm.DB) error {
		for _, fleeting := range []string{"DELETE FROM roll_rows WHERE action <> 'bad'", "UPDATE imports SET state = 'dropped' WHERE kind = 'roll' AND state IN ('staged', 'running')",
			"DELETE FROM recovery_codes", "DELETE FROM login_codes", "DELETE FROM sessions", "DELETE FROM limits"} {
			if err := db.Exec(fleeting).Error; err != nil {
				return err
			}
		}
		for _, c := range sealedColumns {
			if err := s.reseal(db, c, alone); err != nil {
				return fmt.Errorf("rotate %s.%s: %w", c.table, c.column, err)
			}
		}
		if err := s.succeedBallotKey(db, alone); err != nil {
			return err
		}
		if err := signBoards(db, alone); err != nil {
			return err
		}
		// A row of a voter roll repeats the index of its resident's document.
		err := db.Exec("UPDATE voters SET person_index = (SELECT document_index FROM residents WHERE residents.community_id = voters.community_id AND residents.id = voters.resident_id)").Error
		if err != nil {
			return fmt.Errorf("rotate voters.person_index: %w", err)
		}
		return signHeads(db, alone)
	})
}

// reseal goes through a column in batches by id.
func (s *Store) reseal(db *gorm.DB, c sealed, alone *Keys) error {
	type row struct {
		ID, Bound models.ID
		Seal      []byte
	}
	for last := models.ID(0); ; {
		var rows []row
		//forbid:allow sql names of tables and columns come from the fixed list of sealed columns
		err := db.Raw("SELECT id, "+c.row+" AS bound, "+c.column+" AS seal FROM "+c.table+" WHERE id > ? AND "+c.column+" IS NOT NULL ORDER BY id LIMIT 500", last).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			last = r.ID
			text, err := s.opt.Keys.Open(c.place, r.Bound, r.Seal)
			if err != nil {
				return fmt.Errorf("row %s: %w", r.ID, err)
			}
			if c.index == "" {
				//forbid:allow sql names of tables and columns come from the fixed list of sealed columns
				err = db.Exec("UPDATE "+c.table+" SET "+c.column+" = ? WHERE id = ?", alone.Seal(c.place, r.Bound, text), r.ID).Error
			} else {
				//forbid:allow sql names of tables and columns come from the fixed list of sealed columns
				err = db.Exec("UPDATE "+c.table+" SET "+c.column+" = ?, "+c.index+" = ? WHERE id = ?",
					alone.Seal(c.place, r.Bound, text), alone.Index(c.purpose, text), r.ID).Error
			}
			if err != nil {
				return err
			}
		}
	}
}

func signHeads(db *gorm.DB, alone *Keys) error {
	var heads []models.AuditHead
	if err := db.Find(&heads).Error; err != nil {
		return err
	}
	for _, h := range heads {
		signature := ed25519.Sign(alone.SigningKey("audit-head"), headMessage(h.CommunityID, h.Seq, h.Hash))
		err := Changed(db.Model(&models.AuditHead{}).Where("community_id = ?", h.CommunityID).Update("signature", signature))
		if err != nil {
			return err
		}
	}
	return nil
}

// signBoards signs the heads of verifiable votes with the new key.
func signBoards(db *gorm.DB, alone *Keys) error {
	key := alone.SigningKey("ballot-head")
	var boards []models.BallotBoard
	if err := db.Select("community_id", "id", "uuid", "height", "bytes", "head").Where("height > 0").Find(&boards).Error; err != nil {
		return err
	}
	for _, b := range boards {
		if err := signArchive(db, key, &models.BallotBoard{}, b.Tenant, b.UUID, &b.BoardEnd); err != nil {
			return err
		}
		var counts []models.BallotCount
		if err := db.Where("community_id = ? AND board_id = ? AND height > 0", b.CommunityID, b.ID).Find(&counts).Error; err != nil {
			return err
		}
		for _, c := range counts {
			if err := signArchive(db, key, &models.BallotCount{}, c.Tenant, b.UUID, &c.BoardEnd); err != nil {
				return err
			}
		}
	}
	return nil
}

// signArchive signs the end of a board or of its count, and the heads noted of it.
func signArchive(db *gorm.DB, key ed25519.PrivateKey, table any, row models.Tenant, uuid string, end *models.BoardEnd) error {
	sign := func(height, bytes int64, head []byte) []byte {
		return ed25519.Sign(key, BallotHeadMessage(uuid, height, bytes, head))
	}
	err := Changed(db.Model(table).Where("community_id = ? AND id = ?", row.CommunityID, row.ID).UpdateColumn("signature", sign(end.Height, end.Bytes, end.Head)))
	if err != nil {
		return err
	}
	var heads []models.BallotHead
	if err := db.Where("community_id = ? AND board_id = ?", row.CommunityID, row.ID).Find(&heads).Error; err != nil {
		return err
	}
	for _, h := range heads {
		err := Changed(db.Model(&models.BallotHead{}).Where("community_id = ? AND board_id = ? AND height = ?", row.CommunityID, row.ID, h.Height).UpdateColumn("signature", sign(h.Height, h.Bytes, h.Head)))
		if err != nil {
			return err
		}
	}
	return nil
}
