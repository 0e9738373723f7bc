package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// says is what somebody is refused with: the key, or the fields and theirs.
func says(err error) string {
	p := problem.As(err)
	if p == nil {
		return fmt.Sprint(err)
	}
	if len(p.Fields) == 0 {
		return p.Key
	}
	var all []string
	for field, text := range p.Fields {
		all = append(all, field+" "+text.Key)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// What an office may not do to a case, whatever form it sends; each refusal
// leaves the case as it was.
func TestWhatTheOfficeIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	other := newCaseDeskIn(t, db, db.Community(t, "other"))
	must(t, other.in().PutUnit(ctx, other.director, 0, "外面的物业", "", "", false))
	units, err := other.in().Units(ctx)
	must(t, err)
	about := func(a models.ComplaintAbout) func(*store.Report) {
		return func(r *store.Report) { r.Category, r.Answers, r.About = "conduct", nil, a }
	}
	plain, secret := d.file("楼道灯坏了三天").ID, d.reportOf(d.resident, "账目没有公开", about(models.AboutCommittee)).Case.ID
	members := d.reportOf(d.member, "我家门口的灯坏了", nil).Case.ID
	street := d.reportOf(d.resident, "街道的人态度不好", about(models.AboutStreet)).Case.ID
	d.act(d.supervisor, street, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeSupervisor}})
	answered := d.file("门口的井盖松了").ID
	d.act(d.worker, answered, "answer", store.Act{Text: "已经换好"})
	up := d.file("三楼水管漏水").ID
	d.act(d.director, up, "escalate", store.Act{Text: "超出社区能力", Escalate: models.EscalatedStreet})
	d.act(d.street, up, "register", store.Act{Text: "已经登记"})
	helped := d.file("单元门关不上").ID
	d.act(d.director, helped, "assist", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}})
	d.act(d.member, helped, "assist_done", store.Act{Text: "门已经看过"})
	over := d.file("晾衣架松了").ID
	d.say(d.me(), over, "withdraw", store.Word{Text: "自己修好了"})
	for name, tc := range map[string]struct {
		by     models.Actor
		id     models.ID
		action string
		act    store.Act
		want   string
	}{
		"an act there is none of":          {d.director, plain, "close", store.Act{}, "page.notfound"},
		"a filing":                         {d.director, plain, "file", store.Act{}, "page.notfound"},
		"sorted without a form":            {d.director, plain, "triage", store.Act{}, "error.form"},
		"sorted into nothing":              {d.director, plain, "triage", store.Act{Triage: &store.Triage{Category: "nothing"}}, "page.notfound"},
		"to whom it is about":              {d.supervisor, secret, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}}, "to case.to.notallowed"},
		"to whoever reported it":           {d.director, members, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}}, "to case.to.empty"},
		"to nobody":                        {d.director, plain, "dispatch", store.Act{}, "to form.choose"},
		"to a desk there is none of":       {d.director, plain, "dispatch", store.Act{To: models.Assignee{Kind: "fax"}}, "to form.choose"},
		"helped by nobody":                 {d.director, plain, "assist", store.Act{}, "to form.choose"},
		"to a unit of elsewhere":           {d.director, plain, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeUnit, ID: units[0].ID}}, "to form.choose"},
		"to a resident":                    {d.director, plain, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.resident.UserID}}, "to form.choose"},
		"to a station that is another's":   {d.director, plain, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeDuty, ID: 7}}, "to form.choose"},
		"helped by whoever has it":         {d.director, plain, "assist", store.Act{To: models.Assignee{Kind: models.AssigneeGrid, ID: d.grid}}, "to form.choose"},
		"helped twice":                     {d.director, helped, "assist", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}}, "to form.choose"},
		"helped by whom it is about":       {d.supervisor, secret, "assist", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: d.member.UserID}}, "to form.choose"},
		"help told twice":                  {d.member, helped, "assist_done", store.Act{Text: "门已经看过"}, "policy.state"},
		"the last one steps back":          {d.supervisor, street, "recuse", store.Act{Text: "是我的亲戚"}, "case.recuse.last"},
		"reopened without a call":          {d.director, answered, "reopen", store.Act{Text: "没有解决"}, "case.callfirst"},
		"registered twice":                 {d.street, up, "register", store.Act{Text: "已经登记"}, "policy.state"},
		"a review of nothing":              {d.director, plain, "escalate", store.Act{Text: "请求复查", Escalate: models.EscalatedReview}, "kind form.choose"},
		"reserved for nobody":              {d.director, plain, "reserve", store.Act{Text: "与干部有关"}, "about form.choose"},
		"reserved once more":               {d.supervisor, secret, "reserve", store.Act{Text: "与干部有关", About: models.AboutStreet}, "about form.choose"},
		"merged with itself":               {d.director, plain, "merge", store.Act{Other: plain}, "other case.merge.other"},
		"merged with nothing":              {d.director, plain, "merge", store.Act{}, "other case.merge.other"},
		"merged with one that is over":     {d.director, plain, "merge", store.Act{Other: over}, "other case.merge.other"},
		"merged with one of elsewhere":     {d.director, plain, "merge", store.Act{Other: other.file("外面的灯坏了").ID}, "other case.merge.other"},
		"an answer of three characters":    {d.worker, plain, "answer", store.Act{Text: "换好了"}, "text policy.reason"},
		"a note too long":                  {d.worker, plain, "note", store.Act{Text: strings.Repeat("长", 2001)}, "text form.toolong"},
		"one of another community":         {other.director, plain, "note", store.Act{Text: "看看别人的"}, "page.notfound"},
		"one that never was":               {d.director, 12345, "note", store.Act{Text: "看看没有的"}, "page.notfound"},
		"a resident of the office's words": {d.resident, plain, "note", store.Act{Text: "我也来说"}, "policy.forbidden"},
	} {
		var was models.Complaint
		read := func(into *models.Complaint) {
			must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Where("id = ?", tc.id).Limit(1).Find(into).Error }))
		}
		read(&was)
		in := d.in()
		if tc.by.UserID == other.director.UserID {
			in = other.in()
		}
		_, err := in.CaseAct(ctx, tc.by, tc.id, tc.action, tc.act)
		if got := says(err); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		var now models.Complaint
		if read(&now); now.Seq != was.Seq || now.UpdatedAt != was.UpdatedAt || now.Owner() != was.Owner() {
			t.Errorf("%s: refused, and changed from %+v to %+v", name, was, now)
		}
	}
	d.act(d.worker, answered, "call_back", store.Act{Rating: &store.Rating{Solved: true}})
	_, err = d.in().CaseAct(ctx, d.director, answered, "reopen", store.Act{Text: "没有解决"})
	if got := says(err); got != "case.callfirst" {
		t.Errorf("reopened though the reporter said that it is solved: %q", got)
	}
	d.act(d.worker, plain, "note", store.Act{Text: strings.Repeat("长", 2000)})
	d.redactions(plain)
}

// redactions: what is covered stands in the case, is no single character, and the
// whole case can be taken back.
func (d *caseDesk) redactions(id models.ID) {
	d.t.Helper()
	for passage, want := range map[string]string{"三": "passages inquiry.hide.none", "没有这句": "passages inquiry.hide.none", strings.Repeat("坏", 201): "passages inquiry.hide.none"} {
		if got := says(d.in().RedactCase(ctx, d.worker, id, []string{passage}, false)); got != want {
			d.t.Errorf("%.12q: %q, want %q", passage, got, want)
		}
	}
	must(d.t, d.in().RedactCase(ctx, d.worker, id, []string{"楼道"}, false))
	c, err := d.in().PublicCase(ctx, id)
	must(d.t, err)
	if c.PublicText != "***灯坏了三天" {
		d.t.Errorf("everybody reads %q", c.PublicText)
	}
	must(d.t, d.in().RedactCase(ctx, d.worker, id, nil, true))
	_, err = d.in().PublicCase(ctx, id)
	refused(d.t, err, problem.NotFound, "page.notfound")
}

// What a reporter may not do, and what no report may be.
func TestWhatAReporterIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	for name, tc := range map[string]struct {
		change func(*store.Report)
		by     models.Actor
		want   string
	}{
		"a short key":          {func(r *store.Report) { r.Once = strings.Repeat("k", 15) }, d.resident, "error.form"},
		"a long key":           {func(r *store.Report) { r.Once = strings.Repeat("k", 81) }, d.resident, "error.form"},
		"of nobody":            {func(r *store.Report) {}, models.Actor{}, "policy.login"},
		"confidential, nobody": {func(r *store.Report) { r.Level = models.LevelConfidential }, models.Actor{}, "policy.login"},
		"in no category":       {func(r *store.Report) { r.Category = "nothing" }, d.resident, "page.notfound"},
		"for somebody else":    {func(r *store.Report) { r.ByOfficer = true }, d.resident, "policy.forbidden"},
		"by no key":            {func(r *store.Report) { r.ByKey = 7 }, models.Actor{}, "open311.key.wrong"},
	} {
		r := d.report("楼道灯坏了三天")
		tc.change(&r)
		_, err := d.in().FileComplaint(ctx, tc.by, r)
		if got := says(err); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if n := db.Count(t, "complaints"); n != 0 {
		t.Errorf("%d cases came of refusals", n)
	}
	must(t, d.in().PutCategory(ctx, d.director, models.ComplaintCategory{Code: "parking", Off: true}))
	r := d.report("车停在消防通道")
	r.Category, r.Answers = "parking", nil
	_, err := d.in().FileComplaint(ctx, d.resident, r)
	refused(t, err, problem.NotFound, "page.notfound") // switched off
	c := d.file("楼道灯坏了三天")
	stranger := store.Follower{Actor: someResident(t, db, "13700000002")}
	for name, tc := range map[string]struct {
		who    store.Follower
		action string
		word   store.Word
		want   string
	}{
		"an act there is none of": {d.me(), "close", store.Word{}, "page.notfound"},
		"a word too long":         {d.me(), "reply", store.Word{Text: strings.Repeat("长", 2001)}, "text form.toolong"},
		"a word too short":        {d.me(), "reply", store.Word{Text: "还没"}, "text policy.reason"},
		"withdrawn for no reason": {d.me(), "withdraw", store.Word{}, "text policy.reason"},
		"rated too early":         {d.me(), "rate", store.Word{Rating: &store.Rating{}}, "policy.state"},
		"up while it is in time":  {d.me(), "escalate", store.Word{Text: "请街道来处理", Escalate: models.EscalatedStreet}, "policy.case.early"},
		"somebody else's":         {stranger, "withdraw", store.Word{Text: "不用办了"}, "page.notfound"},
		"nobody's":                {store.Follower{}, "withdraw", store.Word{Text: "不用办了"}, "page.notfound"},
		"with a code":             {store.Follower{Code: "0000-0000-0000-0000"}, "reply", store.Word{Text: "不用办了"}, "page.notfound"},
	} {
		_, err := d.in().ReporterAct(ctx, tc.who, c.ID, tc.action, tc.word)
		if got := says(err); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	must(t, errors.Join(d.support(stranger, c.ID), d.support(stranger, c.ID)))
	if own, err := d.in().OwnCase(ctx, d.me(), c.ID); err != nil || own.Supporters != 1 {
		t.Errorf("said twice: %d %v", own.Supporters, err)
	}
	_, err = d.in().ReporterAct(ctx, stranger, c.ID, "reply", store.Word{Text: "我也来说几句"})
	refused(t, err, problem.NotFound, "page.notfound") // whoever supports it does not speak for the reporter
	d.act(d.worker, c.ID, "answer", store.Act{Text: "已经换好"})
	_, err = d.in().ReporterAct(ctx, d.me(), c.ID, "rate", store.Word{})
	if got := says(err); got != "solved form.choose" {
		t.Errorf("rated with nothing: %q", got)
	}
	db.Clock.Add(11 * 24 * time.Hour)
	for action, word := range map[string]store.Word{"rate": {Rating: &store.Rating{}}, "reopen": {Text: "昨晚又坏了"}} {
		_, err = d.in().ReporterAct(ctx, d.me(), c.ID, action, word)
		refused(t, err, problem.TooLate, "policy.case.settled") // the days are over, whether the job came or not
	}
}

func (d *caseDesk) support(f store.Follower, id models.ID) error {
	return d.in().Support(ctx, f.Actor, id)
}

// Settings at their limits, and one beyond.
func TestSettingsOfCases(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	long := strings.Repeat("字", 600)
	cut := func(n int) string { return long[:3*n] }
	category := func(c models.ComplaintCategory) error { return d.in().PutCategory(ctx, d.director, c) }
	unit := func(name, login string) error { return d.in().PutUnit(ctx, d.director, 0, name, "", login, false) }
	target := func(m models.HandoverTarget, secret string) error {
		if m.Kind == "" {
			m.Kind, m.URL = models.HandoverOpen311, "https://12345.example.cn"
		}
		_, _, err := d.in().PutHandoverTarget(ctx, d.director, m, secret)
		return err
	}
	key := func(name string) error { _, err := d.in().MakeOpen311Key(ctx, d.director, name); return err }
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"a unit":                      {unit(cut(60), "13700009999"), "<nil>"},
		"a unit without a name":       {unit(" ", ""), "name form.needed"},
		"a unit's long name":          {unit(cut(61), ""), "name form.needed"},
		"a unit's bad number":         {unit("物业", "1370000"), "login form.phone.signs"},
		"a category's own name":       {category(models.ComplaintCategory{Name: cut(30), StopText: cut(200), Questions: cut(600), TriageDays: 30}), "<nil>"},
		"a category without one":      {category(models.ComplaintCategory{}), "name form.needed"},
		"a category's long name":      {category(models.ComplaintCategory{Name: cut(31)}), "name form.toolong"},
		"a category's long stopper":   {category(models.ComplaintCategory{Code: "repair", StopText: cut(201)}), "stop_text form.toolong"},
		"a category's long questions": {category(models.ComplaintCategory{Code: "repair", Questions: long + "字"}), "questions form.toolong"},
		"a day too many":              {category(models.ComplaintCategory{Code: "repair", AssignDays: 31}), "assign form.number"},
		"a day too few":               {category(models.ComplaintCategory{Code: "repair", HandleDays: -1}), "handle form.number"},
		"a target's long name":        {target(models.HandoverTarget{Name: cut(61)}, "k"), "name form.needed"},
		"a target's long service":     {target(models.HandoverTarget{Name: "a", ServiceCode: cut(61)}, "k"), "service form.toolong"},
		"a target's long mapping":     {target(models.HandoverTarget{Name: "a", Mapping: strings.Repeat("m", 2001)}, "k"), "mapping form.toolong"},
		"a target without its key":    {target(models.HandoverTarget{Name: "a"}, ""), "secret form.needed"},
		"a target's long key":         {target(models.HandoverTarget{Name: "a"}, strings.Repeat("k", 201)), "secret form.needed"},
		"a hook's bad key":            {target(models.HandoverTarget{Name: "a", Kind: models.HandoverWebhook, URL: "https://a.cn/"}, "short"), "secret handover.secret.wrong"},
		"a target of no kind":         {target(models.HandoverTarget{Name: "a", Kind: "fax"}, ""), "kind form.choose"},
		"a target":                    {target(models.HandoverTarget{Name: cut(60), ServiceCode: cut(60), Mapping: strings.Repeat("m", 2000)}, strings.Repeat("k", 200)), "<nil>"},
		"a key without a name":        {key(" "), "name form.needed"},
		"a key's long name":           {key(cut(61)), "name form.needed"},
		"a key":                       {key(cut(60)), "<nil>"},
	} {
		if got := says(tc.err); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	for i := 1; i < store.MostOpen311Keys; i++ {
		must(t, key(fmt.Sprintf("%d号", i)))
	}
	if got := says(key("多了一个")); got != "name open311.keys.most" {
		t.Errorf("one key too many: %q", got)
	}
	file := d.target(d.director, models.HandoverFile, nil)
	refused(t, d.in().AskHandoverCheck(ctx, d.director, file), problem.Conflict, "page.conflict")
	_, err := d.in().ReadAnswers(ctx, d.director, desktop, d.target(d.director, models.HandoverWebhook, nil), "a.xlsx", nil)
	refused(t, err, problem.NotFound, "page.notfound")
	_, err = d.in().ReadAnswers(ctx, d.director, desktop, file, "a.xlsx", make([]byte, store.MaxAnswers+1))
	refused(t, err, problem.TooLarge, "sheet.tooLarge")
	for i := range 17 {
		d.target(d.director, models.HandoverFile, func(m *models.HandoverTarget) { m.Name = fmt.Sprintf("表格%d", i) })
	}
	if got := says(target(models.HandoverTarget{Name: "多了一个"}, "k")); got != "name handover.targets.most" {
		t.Errorf("one target too many: %q", got)
	}
	other := newDeskIn(t, db, db.Community(t, "other"))
	for name, err := range map[string]error{
		"category": d.in().PutCategory(ctx, d.worker, models.ComplaintCategory{Code: "repair"}), "unit": d.in().PutUnit(ctx, d.member, 0, "物业", "", "", false),
		"key":  func() error { _, err := d.in().MakeOpen311Key(ctx, d.supervisor, "x"); return err }(),
		"spot": d.in().SetSpot(ctx, d.worker, d.building, 1, 1), "elsewhere": d.in().PutCategory(ctx, other.director, models.ComplaintCategory{Code: "repair"}),
	} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A list holds neither what its reader stepped back from nor what they reported
// themselves, nor does searching for its number find it.
func TestTheListLeavesOutWhatIsKept(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	open, own := d.file("楼道灯坏了三天"), d.reportOf(d.director, "我家楼下的灯坏了", nil).Case
	back := d.file("楼上的邻居太吵")
	d.act(d.director, back.ID, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeGrid, ID: d.grid}})
	d.act(d.worker, back.ID, "recuse", store.Act{Text: "是我的邻居"})
	for name, tc := range map[string]struct {
		who    models.Actor
		out    models.Complaint
		listed int
	}{"the director's own": {d.director, own, 2}, "the worker's neighbour": {d.worker, back, 2}} {
		for _, f := range []store.DeskFilter{{Show: store.ShowAll}, {Show: store.ShowOpen}, {Number: tc.out.Number}} {
			list, _, err := d.in().Desk(ctx, tc.who, f)
			must(t, err)
			if slices.ContainsFunc(list, func(c store.DeskCase) bool { return c.ID == tc.out.ID }) {
				t.Errorf("%s is found by %+v", name, f)
			}
			if f.Number == "" && len(list) != tc.listed {
				t.Errorf("%s: %d cases listed by %+v", name, len(list), f)
			}
		}
		_, err := d.in().OfficeCase(ctx, tc.who, tc.out.ID)
		refused(t, err, problem.NotFound, "page.notfound")
	}
	_, err := d.in().OfficeCase(ctx, d.director, open.ID)
	must(t, err)
}

// A key of another system opens one community, until it is ended; nobody says
// "me too" to what is not public.
func TestKeysAndSupportersStayOutside(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	other := newDeskIn(t, db, db.Community(t, "other"))
	key, err := d.in().MakeOpen311Key(ctx, d.director, "街道小程序")
	must(t, err)
	file := func(in *store.Tenant, id models.ID, about models.ComplaintAbout) string {
		r := d.report("接口报来的：灯坏了")
		r.ByKey, r.Channel, r.About = id, models.ChannelOpen311, about
		_, err := in.FileComplaint(ctx, models.Actor{}, r)
		return says(err)
	}
	id, err := d.in().Open311Key(ctx, key)
	must(t, err)
	if got := file(d.in(), id, models.AboutNobody); id == 0 || got != "<nil>" {
		t.Errorf("key %d: %s", id, got)
	}
	if got := file(d.in(), id, models.AboutCommittee); got != "open311.officials" {
		t.Errorf("about officials: %s", got)
	}
	if there, err := other.in().Open311Key(ctx, key); err != nil || there != 0 {
		t.Errorf("in another community it is key %d, %v", there, err)
	}
	if got := file(other.in(), id, models.AboutNobody); got != "open311.key.wrong" && got != "building form.choose" {
		t.Errorf("in another community: %s", got)
	}
	second, err := d.in().MakeOpen311Key(ctx, d.director, "另一个小程序")
	must(t, err)
	other2, err := d.in().Open311Key(ctx, second)
	must(t, err)
	r := d.report("接口报来的：井盖松了")
	r.ByKey, r.Channel = id, models.ChannelOpen311
	first, err := d.in().FileComplaint(ctx, models.Actor{}, r)
	must(t, err)
	if again, err := d.in().FileComplaint(ctx, models.Actor{}, r); err != nil || again.Case.ID != first.Case.ID {
		t.Errorf("sent twice: %v", err)
	}
	r.ByKey = other2
	_, err = d.in().FileComplaint(ctx, models.Actor{}, r)
	refused(t, err, problem.NotFound, "page.notfound") // what another key sent is nothing to this one
	keys, err := d.in().Open311Keys(ctx)
	must(t, err)
	refused(t, d.in().EndOpen311Key(ctx, d.worker, keys[0].ID), problem.Forbidden, "policy.forbidden")
	refused(t, other.in().EndOpen311Key(ctx, other.director, keys[0].ID), problem.Conflict, "page.conflict")
	must(t, d.in().EndOpen311Key(ctx, d.director, keys[0].ID))
	if now, err := d.in().Open311Key(ctx, key); err != nil || now != 0 {
		t.Errorf("ended, it is key %d, %v", now, err)
	}
	if got := file(d.in(), id, models.AboutNobody); got != "open311.key.wrong" {
		t.Errorf("ended, it files: %s", got)
	}
	hidden := d.reportOf(d.resident, "三楼水管漏水", func(r *store.Report) { r.Private = true }).Case.ID
	stranger := store.Follower{Actor: someResident(t, db, "13700000002")}
	refused(t, d.support(stranger, hidden), problem.NotFound, "page.notfound")
	refused(t, d.support(store.Follower{}, d.file("门口的灯坏了").ID), problem.Unauthorized, "policy.login")
}
