package store_test

import (
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// What the community is made of, and what it decides about itself.
func TestTheCommunityIsNotMadeOfNonsense(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	long := strings.Repeat("长", 31)
	atField(t, d.in().PutGrid(ctx, d.director, 0, store.GridDraft{Name: " "}), "name", "form.needed")
	atField(t, d.in().PutGrid(ctx, d.director, 0, store.GridDraft{Name: "第1网格", WorkerPhone: strings.Repeat("1", 31)}), "worker_phone", "form.toolong")
	refused(t, d.in().PutGrid(ctx, d.director, 4711, store.GridDraft{Name: "第1网格"}), problem.NotFound, "page.notfound")
	atField(t, d.in().PutBuilding(ctx, d.director, 0, 4711, "3幢"), "grid", "form.choose")
	must(t, d.in().PutGrid(ctx, d.director, 0, store.GridDraft{Name: "第1网格"}))
	grids, err := d.in().Grids(ctx)
	must(t, err)
	atField(t, d.in().PutBuilding(ctx, d.director, 0, grids[0].ID, ""), "name", "form.needed")
	atField(t, d.in().PutBuilding(ctx, d.director, 0, grids[0].ID, long), "name", "form.toolong")
	if n := d.Count(t, "buildings"); n != 0 {
		t.Errorf("%d buildings of what was refused", n)
	}
	posts := d.Count(t, "appointments")
	atField(t, second(d.AppointPerson(ctx, d.director, store.Nominee{LoginPhone: "19811112222", Appointment: models.Appointment{
		RegionID: d.c.ID, Role: models.RoleGridWorker, GridID: 4711, From: "2026-01-01", Decision: "居决1号", Name: "网格员甲"}})), "grid", "form.choose")
	if n := d.Count(t, "appointments"); n != posts {
		t.Error("a grid worker of no grid")
	}

	for _, c := range []struct {
		field, key string
		change     func(*store.Settings)
	}{
		{"phone", "settings.phone.wrong", func(s *store.Settings) { s.Phone = "" }},
		{"phone", "settings.phone.wrong", func(s *store.Settings) { s.Phone = "问主任" }},
		{"inquiry_days", "form.number", func(s *store.Settings) { s.InquiryDays = 0 }},
		{"inquiry_days", "form.number", func(s *store.Settings) { s.InquiryDays = store.MostInquiryDays + 1 }},
		{"threshold", "settings.threshold.wrong", func(s *store.Settings) { s.ClaimThresholdFen = -1 }},
		{"threshold", "settings.threshold.wrong", func(s *store.Settings) { s.ClaimThresholdFen = 1_000_000_01 }},
	} {
		s := store.Settings{Phone: "0571-1", InquiryDays: 10, DisplayDays: 20, ClaimThresholdFen: 500000}
		c.change(&s)
		atField(t, d.in().SaveSettings(ctx, d.director, s), c.field, c.key)
	}
	if c := d.CommunityByID(d.c.ID); c.InquiryDays != 15 || c.ProposedBy != 0 {
		t.Errorf("%+v", c)
	}
	refused(t, second(d.RegionByName(ctx, "Nowhere")), problem.NotFound, "region.name")
	d.Community(t, "fuchun")
	refused(t, second(d.RegionByName(ctx, "Street")), problem.NotFound, "region.name") // two are called so
	for _, limit := range []int{0, 201} {
		refused(t, second(d.in().AuditRows(ctx, d.supervisor, store.AuditFilter{Limit: limit})), problem.Invalid, "form.invalid")
	}
}

// Money that is promised, raised or watched over is money, and has a day.
func TestMoneyIsNotPromisedInNonsense(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.New(t), 2)
	contract := store.ContractDraft{Class: models.MatterProject, Title: "屋面防水", Party: "防水公司", AmountFen: 600_00, From: h.day(), Until: h.day().AddDays(90)}
	for _, c := range []struct {
		field, key string
		change     func(*store.ContractDraft)
	}{
		{"amount", "form.money", func(x *store.ContractDraft) { x.AmountFen = 0 }},
		{"until", "policy.appointment.until", func(x *store.ContractDraft) { x.Until = x.From.AddDays(-1) }},
		{"until", "policy.appointment.until", func(x *store.ContractDraft) { x.From = "" }},
	} {
		x := contract
		c.change(&x)
		atField(t, second(h.in().AddContract(ctx, h.member, x)), c.field, c.key)
	}
	for _, c := range []struct {
		field, key string
		change     func(*models.Fundraising)
	}{
		{"target", "form.money", func(x *models.Fundraising) { x.TargetFen = 0 }},
		{"until", "policy.appointment.until", func(x *models.Fundraising) { x.Until = "" }},
		{"until", "policy.appointment.until", func(x *models.Fundraising) { x.Until = x.From.AddDays(-1) }},
	} {
		x := h.fund(100_00)
		c.change(&x)
		atField(t, second(h.in().OpenFundraising(ctx, h.member, x, "")), c.field, c.key)
	}
	for _, c := range []struct {
		field, key string
		change     func(*models.MoneyRule)
	}{
		{"from_fen", "form.money", func(r *models.MoneyRule) { r.FromFen = -1 }},
		{"from_day", "form.date", func(r *models.MoneyRule) { r.FromDay = "2026-02-30" }},
	} {
		r := models.MoneyRule{Word: "工程", Class: models.MatterProject, FromFen: 100, FromDay: h.day()}
		c.change(&r)
		atField(t, h.in().AddMoneyRule(ctx, h.director, r), c.field, c.key)
	}
	if n := h.Count(t, "contracts") + h.Count(t, "fundraisings") + h.Count(t, "money_rules"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}

	all, _, err := h.in().Decisions(ctx, store.DecisionFilter{Limit: 9})
	must(t, err)
	task, err := h.in().AddTask(ctx, h.member, all[0].ID, taskDraft(h.day()))
	must(t, err)
	for _, progress := range []int{-1, 101} {
		atField(t, h.in().ReportTask(ctx, h.member, task, progress, "材料已经进场"), "progress", "form.number")
	}
	for _, text := range []string{"不", strings.Repeat("议", 1001)} {
		atField(t, h.in().NoteDecision(ctx, h.member, all[0].ID, models.NoteChallenged, text), "note_text", "form.length")
	}
	if notes, err := h.in().DecisionNotes(ctx, all[0].ID); err != nil || len(notes) != 0 {
		t.Errorf("%+v %v", notes, err)
	}
}

// Whoever is not logged in has nothing of their own, and nobody clears up who
// they are by themselves.
func TestNobodyIsWhoTheySayTheyAre(t *testing.T) {
	t.Parallel()
	w := newKinWorld(t, storetest.New(t))
	nobody := models.Actor{}
	refused(t, second(w.MyData(ctx, nobody)), problem.Unauthorized, "policy.login")
	refused(t, w.CloseAccount(ctx, nobody), problem.Unauthorized, "policy.login")
	refused(t, second(w.in().MatchResident(ctx, nobody, store.LinkClaim{})), problem.Unauthorized, "policy.login")
	refused(t, second(w.Me(ctx, models.Actor{UserID: 4711})), problem.NotFound, "page.notfound")
	atField(t, w.RequestCode(ctx, "1370", browser("b"), store.PurposeLogin), "phone", "login.phone.invalid")
	atField(t, second(w.in().AskCorrection(ctx, w.member, strings.Repeat("改", 1001))), "wish", "form.toolong")

	claim := store.LinkClaim{Name: "郑重", Digits: "123456", Building: "9", Room: "909"}
	a := w.tie(someResident(t, w.DB, "13700000001"), w.zhou.ResidentID)
	refused(t, second(w.in().MatchResident(ctx, a, claim)), problem.Conflict, "me.link.already")
	must(t, second(w.in().MatchResident(ctx, someResident(t, w.DB, "13700000002"), claim)))
	queue, err := w.in().LinkQueue(ctx, w.director, 0, 9)
	must(t, err)
	atField(t, w.in().DecideLink(ctx, w.director, queue[0].ID, store.LinkDecision{Resident: 4711}), "resident", "form.choose")
	director := w.tie(w.director, w.wu.ResidentID)
	refused(t, w.in().EndLink(ctx, director, w.wu.ResidentID), problem.Conflict, "link.own")
	if queue, err = w.in().LinkQueue(ctx, w.director, 0, 9); err != nil || len(queue) != 1 {
		t.Errorf("%+v %v", queue, err)
	}
}

func TestTheSecondFactorIsNotGivenAway(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	c := db.Community(t, "hemuli")
	director := postHolder(t, db, c.ID, models.RoleDirector, "13700000001")
	neighbour, _ := logIn(t, db, "13700000002", browser("n"))
	refused(t, second(db.IssueFounderEnrolment(ctx, director, neighbour.UserID)), problem.Forbidden, "policy.forbidden")
	refused(t, second(db.IssueFounderEnrolment(ctx, storetest.System, 4711)), problem.Conflict, "secondfactor.enrolled")
	refused(t, second(db.RenewRecovery(ctx, neighbour)), problem.Forbidden, "secondfactor.first")
	refused(t, second(db.CheckSecond(ctx, neighbour, browser("n"), "123456")), problem.Conflict, "secondfactor.none")
	refused(t, db.In(c).AskReset(ctx, director, director.UserID, "换了手机"), problem.Forbidden, "policy.second_factor.self")
	must(t, db.Exec(ctx, "UPDATE users SET totp_seal = 'x' WHERE id = ?", neighbour.UserID))
	refused(t, db.In(c).AskReset(ctx, director, neighbour.UserID, "换了手机"), problem.NotFound, "page.notfound") // holds no post here
	if n := db.Count(t, "second_factor_resets") + db.Count(t, "recovery_codes"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}
}

func TestAResidentIsNotEnteredFromNonsense(t *testing.T) {
	t.Parallel()
	w := newRollWorld(t, storetest.New(t))
	desk := w.as(models.RoleDirector)
	grids, err := w.t.Grids(ctx)
	must(t, err)
	b := grids[0].Buildings[0].ID
	before := w.Count(t, "residents") + w.Count(t, "households")
	for _, c := range []struct {
		field, key string
		change     func(*store.ResidentDraft)
	}{
		{"document", "resident.document.needed", func(d *store.ResidentDraft) { d.DocumentKind = models.DocumentPassport }},
		{"document", "form.toolong", func(d *store.ResidentDraft) {
			d.DocumentKind, d.Document = models.DocumentPassport, strings.Repeat("X", 41)
		}},
		{"birth", "resident.birth.differs", func(d *store.ResidentDraft) {
			d.NoDocument, d.DocumentKind, d.Document, d.Birth = false, models.DocumentID, "999999199609070084", "1990-01-01"
		}},
		{"building", "form.choose", func(d *store.ResidentDraft) { d.BuildingID = 4711 }},
		{"number", "resident.number.taken", func(d *store.ResidentDraft) { d.Number = "H1" }}, // another household's
	} {
		d := store.ResidentDraft{Name: "郑重", BuildingID: b, Room: "909", NoDocument: true}
		c.change(&d)
		atField(t, second(w.t.AddResident(ctx, desk, d)), c.field, c.key)
	}
	if n := w.Count(t, "residents") + w.Count(t, "households"); n != before {
		t.Errorf("%d rows of what was refused", n-before)
	}
	gone := w.find(t, "周宁").ID
	must(t, w.Exec(ctx, "UPDATE residents SET state = ? WHERE id = ?", models.ResidentMoved, gone))
	refused(t, w.t.SetHead(ctx, desk, gone), problem.Conflict, "resident.left")

	im, _, err := w.t.ImportRoll(ctx, storetest.System, "r.csv", []byte(smallRoll), store.RollOptions{})
	must(t, err)
	w.Clock.Add(store.ImportLife)
	refused(t, second(w.t.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{})), problem.TooLate, "roll.expired")
}
