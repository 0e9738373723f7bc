package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// 民情快递: a resident's case from the phone to a closed loop. This file files;
// complaint_case.go moves; complaint_reporter.go is the reporter's side.

const (
	maxReport     = 2000 // characters of what happened
	maxSpot       = 60
	maxCaseAnswer = 200
	// MaxCasePhotos of one report.
	MaxCasePhotos = 6

	casesPerUserDay   = 10
	casesPerDeviceDay = 20
	casesPerIPHour    = 120
	// An anonymous report has no telephone to count by.
	anonymousPerDeviceDay = 3
	anonymousPerIPHour    = 30

	leastOnce = 16 // characters of the key that makes sending twice one case

	ownerCase         = "case" // pictures: the event they came with
	sealCaseBody      = "complaints.body"
	sealCaseEvent     = "complaint_events.text"
	sealReporterName  = "complaint_reporters.name"
	sealReporterPhone = "complaint_reporters.phone"
	sealVisitNote     = "visits.note"

	sealHandoverSecret  = "handover_targets.secret"
	sealHandoverAnswers = "complaint_handovers.answers"

	documentCases       = "民情" //words:allow a mark of official documents, stored once and never translated
	documentSecretCases = "监督" //words:allow a mark of official documents, stored once and never translated
)

// Report is what is reported.
type Report struct {
	Once       string // made once per report by the browser or the page: sending twice is one case
	Category   string
	Kind       models.ComplaintKind // "" = the category's
	Channel    models.ComplaintChannel
	Level      models.ComplaintLevel
	About      models.ComplaintAbout
	Concerned  []models.ID // logins of the officials it is about
	Text       string
	Answers    []models.ComplaintAnswer
	GridID     models.ID
	BuildingID models.ID
	Spot       string
	PinX, PinY int // thousandths; −1 without a pin
	Urgent     bool
	Private    bool // the reporter does not want it read by everybody
	Draft      models.ID
	Photos     []NewFile
	From       Sender

	// Filed by another system, with a key of GeoReport v2.
	ByKey models.ID

	// Entered by an officer, or sent by another system, for somebody.
	ByOfficer   bool
	Name, Phone string
}

// Filed is a report that became a case.
type Filed struct {
	Case models.Complaint
	Code string // the tracking code of an anonymous case: shown, never stored
}

// CheckReport says what is wrong with a report before anybody is asked who
// they are; c is its category in this community.
func CheckReport(r *Report, c *CaseCategory) error {
	r.Text, r.Spot = strings.TrimSpace(r.Text), cleanLine(r.Spot)
	var f problem.Form
	switch n := len([]rune(r.Text)); {
	case n < leastReason:
		f.Add("text", "case.short", problem.Args{"n": leastReason})
	case n > maxReport:
		f.Add("text", "form.toolong", problem.Args{"n": n - maxReport, "limit": maxReport})
	case policy.SpamText(r.Text):
		f.Add("text", "case.spam", nil)
	}
	if n := len([]rune(r.Spot)); n > maxSpot {
		f.Add("spot", "form.toolong", problem.Args{"n": n - maxSpot, "limit": maxSpot})
	}
	given := map[string]string{}
	for _, a := range r.Answers {
		given[a.Question] = strings.TrimSpace(a.Answer)
	}
	r.Answers = nil
	for i, q := range c.Questions {
		a, field := given[q.Text], "q"+strconv.Itoa(i)
		switch {
		case a == "" && q.Needed && !r.ByOfficer: // the desk writes down what it was told and makes nothing up
			f.Add(field, "form.needed", nil)
		case len([]rune(a)) > maxCaseAnswer:
			f.Add(field, "form.toolong", problem.Args{"n": len([]rune(a)) - maxCaseAnswer, "limit": maxCaseAnswer})
		case a != "" && len(q.Choices) > 0 && !slices.Contains(q.Choices, a):
			f.Add(field, "form.choose", nil)
		}
		if a != "" {
			r.Answers = append(r.Answers, models.ComplaintAnswer{Question: q.Text, Answer: a})
		}
	}
	if r.PinX < 0 || r.PinX > 1000 || r.PinY < 0 || r.PinY > 1000 {
		r.PinX, r.PinY = -1, -1
	}
	return f.Err()
}

// FileComplaint makes a case of a report. The same report sent twice (by its
// Once key) is one case. An anonymous report leaves no trace of who sent it:
// it is followed by a code that only this answer holds. Refusals: Invalid with
// fields, Unauthorized for a named report of nobody, TooMany.
func (t *Tenant) FileComplaint(ctx context.Context, actor models.Actor, r Report) (*Filed, error) {
	if len(r.Once) < leastOnce || len(r.Once) > 80 {
		return nil, problem.New(problem.Invalid, "error.form", nil).Because("case: once")
	}
	category, err := t.Category(ctx, r.Category)
	if err != nil {
		return nil, err
	}
	if err := CheckReport(&r, category); err != nil {
		return nil, err
	}
	if r.Level == models.LevelAnonymous {
		if actor.UserID != 0 && r.ByOfficer {
			if err := t.mayTakeDown(t.db(ctx), actor, r.About, models.DateOf(t.Now())); err != nil {
				return nil, err
			}
		}
		actor = models.Actor{} // nothing below this line knows who it was
	} else if actor.UserID == 0 && r.ByKey == 0 {
		return nil, problem.New(problem.Unauthorized, "policy.login", nil)
	}
	once := sha256.Sum256([]byte("juwu case once 1\n" + t.Community.ID.String() + "\n" + r.Once))
	if filed, err := t.filed(ctx, actor, once[:], r); filed != nil || err != nil {
		return filed, err
	}
	photos, err := t.keepPhotos(r.Photos)
	if err != nil {
		return nil, err
	}
	out := &Filed{}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		var err error
		out.Case, err = tx.file(r, category, once[:], photos)
		return err
	})
	if duplicate(err) || problem.Is(err, problem.TooMany) { // the other tap was faster, or many at once met the limit
		if filed, again := t.filed(ctx, actor, once[:], r); filed != nil || again != nil {
			return filed, again
		}
	}
	if err != nil {
		return nil, err
	}
	out.Code = t.codeOf(&out.Case, r.Once)
	return out, nil
}

// filed is the case that this very report became before, if it was the same
// person's: a key that somebody else used names nothing.
func (t *Tenant) filed(ctx context.Context, actor models.Actor, once []byte, r Report) (*Filed, error) {
	var c models.Complaint
	err := t.db(ctx).Where("once_hash = ?", once).Limit(1).Find(&c).Error
	if err != nil || c.ID == 0 {
		return nil, err
	}
	if r.ByKey != 0 {
		if by, err := t.filedBy(ctx, c.ID); err != nil || by != r.ByKey {
			return nil, firstError(err, problem.New(problem.NotFound, "page.notfound", nil))
		}
	} else if c.Level != models.LevelAnonymous && !r.ByOfficer {
		if _, err := t.reporterRow(ctx, c.ID, actor.UserID); err != nil {
			return nil, err
		}
	}
	return &Filed{Case: c, Code: t.codeOf(&c, r.Once)}, nil
}

// codeOf is the tracking code of an anonymous case: made from the report's key
// and a secret of ours, so that an answer lost on the way can be given again
// to whoever holds the key, and to nobody else. 80 bits: not to be guessed.
func (t *Tenant) codeOf(c *models.Complaint, once string) string {
	if c.Level != models.LevelAnonymous {
		return ""
	}
	m := hmac.New(sha256.New, t.opt.Keys.Key("complaint.code"))
	m.Write([]byte(t.Community.ID.String() + "\n" + once))
	code := crockford.EncodeToString(m.Sum(nil)[:10])
	return code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// hashCode is what is stored of a tracking code. No key is needed, the code is
// long enough; so it survives a change of keys.
func hashCode(code string) []byte {
	plain := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(models.Key(code)))
	if len(plain) != 16 {
		return nil
	}
	sum := sha256.Sum256([]byte("juwu case code 1\n" + plain))
	return sum[:]
}

func (tx *Tx) file(r Report, category *CaseCategory, once []byte, photos []models.Attachment) (models.Complaint, error) {
	none := models.Complaint{}
	if err := tx.mayFile(r); err != nil {
		return none, err
	}
	if err := tx.place(&r); err != nil {
		return none, err
	}
	c, err := tx.newCase(r, category)
	if err != nil {
		return none, err
	}
	c.OnceHash = once
	if c.Level == models.LevelAnonymous {
		c.CodeHash = hashCode((&Tenant{tx.store, tx.Community}).codeOf(&c, r.Once))
	}
	if err := tx.Create(&c).Error; err != nil {
		return none, err
	}
	event := tx.event0(&c, r)
	if err := tx.Create(&event).Error; err != nil {
		return none, err
	}
	owner := Owner{ownerCase, event.ID}
	if err := tx.TakeDraft(r.Draft, r.From.Device, owner); err != nil {
		return none, err
	}
	if err := tx.attach(owner, photos); err != nil {
		return none, err
	}
	if err := firstError(tx.people(&c, r), tx.noteFiling(&c, r.ByKey)); err != nil {
		return none, err
	}
	tx.auditCase(&c, "case.file", nil)
	tx.touchCase(&c)
	return c, tx.tellDesk(&c, c.First(), "case.tell.new")
}

// mayTakeDown tells whether an officer may enter a case for somebody: what is
// about officials only those who may know of it.
func (t *Tenant) mayTakeDown(db *gorm.DB, actor models.Actor, about models.ComplaintAbout, day models.Date) error {
	if err := t.opt.Guard.Allowed(actor, t.Community, "case", "handle", day); err != nil || about == models.AboutNobody {
		return err
	}
	r, err := t.reader(db, actor, day)
	if err == nil && !slices.Contains(r.Abouts(), about) {
		err = problem.New(problem.Forbidden, "policy.forbidden", nil).Because("case: about officials")
	}
	return err
}

func (tx *Tx) mayTakeDown(about models.ComplaintAbout) error {
	return tx.tenant().mayTakeDown(tx.DB, tx.Actor, about, tx.Day())
}

func (tx *Tx) mayFile(r Report) error {
	if r.ByOfficer {
		if r.Level == models.LevelAnonymous {
			return nil // asked before the actor was forgotten
		}
		return tx.mayTakeDown(r.About)
	}
	if err := tx.May("case", "create"); err != nil {
		return err
	}
	if r.ByKey != 0 {
		return tx.mayFileByKey(r)
	}
	if r.Level == models.LevelAnonymous {
		return tx.limitSender("case.anonymous", r.From, anonymousPerDeviceDay, anonymousPerIPHour)
	}
	if err := tx.limitSender("case", r.From, casesPerDeviceDay, casesPerIPHour); err != nil {
		return err
	}
	return tx.Limit("case.user."+tx.chain.String()+"."+tx.Actor.UserID.String(), casesPerUserDay, 24*time.Hour)
}

// place fills in the grid of a building and refuses places of elsewhere.
func (tx *Tx) place(r *Report) error {
	if r.BuildingID != 0 {
		var b models.Building
		if err := tx.Where("id = ?", r.BuildingID).Limit(1).Find(&b).Error; err != nil {
			return err
		}
		if b.ID == 0 {
			var f problem.Form
			f.Add("building", "form.choose", nil)
			return f.Err()
		}
		r.GridID = b.GridID
		return nil
	}
	if r.GridID != 0 {
		var n int64
		if err := tx.Model(&models.Grid{}).Where("id = ?", r.GridID).Count(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			r.GridID = 0
		}
	}
	return nil
}

func (tx *Tx) newCase(r Report, k *CaseCategory) (models.Complaint, error) {
	c := models.Complaint{
		Tenant: models.Tenant{ID: tx.NewID()}, Kind: r.Kind, Category: k.Code, Channel: r.Channel, Level: r.Level, About: r.About,
		Urgent: r.Urgent, State: models.ComplaintReceived, Open: true, Seq: 1, GridID: r.GridID, BuildingID: r.BuildingID, Spot: r.Spot,
		PinX: r.PinX, PinY: r.PinY, StageDay: tx.Day(), TriageDays: k.TriageDays, AssignDays: k.AssignDays, HandleDays: k.HandleDays,
		ReceivedAt: tx.Now, Month: models.MonthOf(tx.Now), CreatedAt: tx.Now, UpdatedAt: tx.Now,
	}
	if c.Kind == "" {
		c.Kind = k.Kind
	}
	c.Public = policy.PublicCase(c.Level, c.About, k.Hidden || r.Private)
	if c.Public {
		c.PublicText = policy.MaskText(r.Text, r.Name, tx.Actor.Name)
	}
	c.PromiseDay = policy.ComplaintPromise(c, tx.Day(), policy.China())
	c.DueDay = policy.ComplaintDue(c, policy.China())
	body, err := json.Marshal(models.ComplaintBody{Text: r.Text, Answers: r.Answers})
	if err != nil {
		return c, err
	}
	c.BodySeal = tx.store.opt.Keys.Seal(sealCaseBody, c.ID, string(body))
	var officer models.ID
	if r.ByOfficer {
		officer = tx.Actor.UserID
	}
	first, err := tx.manned(policy.FirstReceiver(c.About, officer, c.GridID), r)
	if err != nil {
		return c, err
	}
	c.FirstKind, c.FirstID, c.OwnerKind, c.OwnerID = first.Kind, first.ID, first.Kind, first.ID
	c.Number, err = tx.caseNumber(&c)
	return c, err
}

// caseNumber counts what is about officials in a series of its own: a gap in
// the other one would tell that there is something.
func (tx *Tx) caseNumber(c *models.Complaint) (string, error) {
	series, mark := "case.", documentCases
	if c.About != models.AboutNobody {
		series, mark = "case.secret.", documentSecretCases
	}
	year := tx.Day().Time().Year()
	n, err := tx.Next(series + strconv.Itoa(year))
	return documentNumber(tx.Community.Name, mark, year, n), err
}

// event0 is the first step of the timeline.
func (tx *Tx) event0(c *models.Complaint, r Report) models.ComplaintEvent {
	e := models.ComplaintEvent{
		Tenant: models.Tenant{ID: tx.NewID()}, CaseID: c.ID, Seq: 1, Action: "file", State: c.State, OwnerKind: c.OwnerKind, OwnerID: c.OwnerID,
		DueDay: c.DueDay, ByRole: policy.RoleReporter, CreatedAt: tx.Now,
	}
	if r.ByOfficer && c.Level != models.LevelAnonymous {
		e.ByUserID, e.ByRole = tx.Actor.UserID, tx.deskRole()
	}
	return e
}
