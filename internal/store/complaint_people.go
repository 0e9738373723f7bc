package store

import (
	"juwu/models"
)

// people notes who reported, and who must not know; for an anonymous case
// nobody reported.
func (tx *Tx) people(c *models.Complaint, r Report) error {
	for _, user := range r.Concerned {
		if c.About == models.AboutNobody {
			break
		}
		if err := tx.keepAway(c.ID, user, models.PartyConcerned); err != nil {
			return err
		}
	}
	if c.Level == models.LevelAnonymous {
		return nil
	}
	row := models.ComplaintReporter{Tenant: models.Tenant{ID: tx.NewID()}, CaseID: c.ID, Kind: models.ReporterSelf, CreatedAt: tx.Now}
	keys := tx.store.opt.Keys
	if !r.ByOfficer && r.ByKey == 0 {
		row.UserID = &tx.Actor.UserID
		return tx.Create(&row).Error
	}
	// A number that another system tells is nobody's login: nobody has proved it.
	if phone, _ := models.Phone(r.Phone); phone != "" && r.ByOfficer {
		u, err := tx.EnsureUser(phone, r.Name)
		if err != nil {
			return err
		}
		row.UserID = &u.ID // who was served at the desk follows it on the phone
		row.PhoneSeal = keys.Seal(sealReporterPhone, row.ID, phone)
	} else if r.Phone != "" {
		row.PhoneSeal = keys.Seal(sealReporterPhone, row.ID, cut(r.Phone, 40))
	}
	row.NameSeal = keys.Seal(sealReporterName, row.ID, cut(r.Name, 60))
	return tx.Create(&row).Error
}

// keepAway bars somebody from a case, under this login and any other of the
// same person.
func (tx *Tx) keepAway(id, user models.ID, kind models.PartyKind) error {
	p := models.ComplaintParty{Tenant: models.Tenant{ID: tx.NewID()}, CaseID: id, UserID: user, Kind: kind, CreatedAt: tx.Now}
	var link models.ResidentLink
	err := tx.Where("user_id = ? AND state = ?", user, models.LinkConfirmed).Limit(1).Find(&link).Error
	if err != nil {
		return err
	}
	if p.PersonKey = "u" + user.String(); link.ResidentID != 0 {
		p.PersonKey = "r" + link.ResidentID.String()
	}
	return tx.Create(&p).Error
}

// nearUsers are the logins of the near relatives of some people.
func (tx *Tx) nearUsers(people []models.ID) (near []models.ID, err error) {
	for _, u := range people {
		relatives, err := tx.relatives(models.Someone{UserID: u})
		if err != nil {
			return nil, err
		}
		for _, k := range relatives {
			if k.Near() && k.UserID != 0 {
				near = append(near, k.UserID)
			}
		}
	}
	return near, nil
}

// keptFrom are the logins that must not have a case: whom it is about, their
// near relatives, and who stepped back.
func (tx *Tx) keptFrom(id models.ID) ([]models.ID, error) {
	var parties []models.ComplaintParty
	if err := tx.Where("case_id = ?", id).Find(&parties).Error; err != nil {
		return nil, err
	}
	var kept, concerned []models.ID
	for _, p := range parties {
		kept = append(kept, p.UserID)
		if p.Kind == models.PartyConcerned {
			concerned = append(concerned, p.UserID)
		}
	}
	near, err := tx.nearUsers(concerned)
	return append(kept, near...), err
}

// firstError is the first that is one.
func firstError(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}
