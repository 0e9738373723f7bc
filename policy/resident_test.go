package policy

import (
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/models"
)

func TestReadID(t *testing.T) {
	for typed, want := range map[string]string{
		"999999199609070084": "",
		"９９９９９９１９９６０９０７００８４":    "",
		" 999999 19960907 0084": "",
		"99999919960907008":     "policy.id.length",
		"9999991996090700841":   "policy.id.length",
		"":                      "policy.id.length",
		"99999919960907008A":    "policy.id.characters",
		"9999991996X9070084":    "policy.id.characters",
		"999999199613070084":    "policy.id.birth",
		"999999199602300084":    "policy.id.birth",
		"999999202608160084":    "policy.id.birth", // tomorrow
		"999999187909070084":    "policy.id.birth",
		"999999199609070085":    "policy.id.check",
		"999999199609070804":    "policy.id.check", // two digits changed places
	} {
		if _, err := ReadID(typed, today); key(err) != want {
			t.Errorf("%q: %q, want %q", typed, key(err), want)
		}
	}
	id, _ := ReadID("999999199609070084", today)
	if id.Birth != "1996-09-07" || id.Sex != "f" || id.Region != "999999" {
		t.Errorf("%+v", id)
	}
}

// A check character X in both cases.
func TestReadIDWithX(t *testing.T) {
	for i := range 1000 {
		n := "9999991990010" + string([]byte{'1', byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)})
		if id, err := ReadID(n+"x", today); err == nil {
			if id.Number != n+"X" {
				t.Errorf("kept as %q", id.Number)
			}
			return
		}
	}
	t.Error("no number ends in X")
}

func TestReadPhone(t *testing.T) {
	for typed, want := range map[string]string{
		"13812345678": "", "+86 138-1234-5678": "", "１３８１２３４５６７８": "", "008613812345678": "", "19900000001": "",
		"1381234567": "policy.phone.length", "138123456789": "policy.phone.length", "": "policy.phone.length",
		"12812345678": "policy.phone.start", "05718888888": "policy.phone.start", "1381234567x": "policy.phone.characters",
	} {
		number, err := ReadPhone(typed)
		if key(err) != want || err == nil && len(number) != 11 {
			t.Errorf("%q: %q %q, want %q", typed, number, key(err), want)
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		birth, day models.Date
		want       int
	}{
		{"2008-08-16", "2026-08-15", 17}, {"2008-08-15", "2026-08-15", 18}, {"2008-08-14", "2026-08-15", 18},
		{"2008-02-29", "2026-02-27", 17}, {"2008-02-29", "2026-02-28", 18}, {"2008-02-29", "2028-02-28", 19}, {"2008-02-29", "2028-02-29", 20},
		{"2026-08-15", "2026-08-15", 0}, {"2026-08-16", "2026-08-15", -1}, {"", "2026-08-15", -1}, {"1990-13-01", "2026-08-15", -1},
	} {
		if got := Age(c.birth, c.day); got != c.want {
			t.Errorf("%s on %s: %d, want %d", c.birth, c.day, got, c.want)
		}
	}
	for birth, want := range map[models.Date]bool{"2012-08-16": true, "2012-08-15": false, "2012-08-14": false, "": false} {
		if IsChild(birth, today) != want {
			t.Errorf("child %s: %v", birth, !want)
		}
	}
}

func TestMasks(t *testing.T) {
	for _, c := range [][2]string{
		{MaskName("张建国"), "张**"}, {MaskName("欧阳小红"), "欧阳**"}, {MaskName("欧阳"), "欧**"}, {MaskName(" 李 "), "李**"},
		{MaskName("John Smith"), "J**"}, {MaskName("阿依古丽·买买提"), "阿**"}, {MaskName(""), ""},
		{MaskDocument("999999199609070084"), "9999**************"}, {MaskDocument("E12345678"), "E1*******"}, {MaskDocument("E1"), "**"}, {MaskDocument(""), ""},
		{MaskPhone("13812345678"), "138****5678"}, {MaskPhone("057188881234"), "****34"}, {MaskPhone("110"), "****"}, {MaskPhone(""), ""},
		{MaskBank("6222020012345678901"), "**** 8901"}, {MaskBank("123"), "****"},
		{MaskBirth("1996-09-07"), "1996"}, {MaskBirth(""), ""},
		{Show(Full, "13812345678", MaskPhone), "13812345678"}, {Show(Masked, "13812345678", MaskPhone), "138****5678"}, {Show(Hidden, "13812345678", MaskPhone), ""},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
}

func TestMaskText(t *testing.T) {
	for text, want := range map[string]string{
		"这笔 1,286.40 元是买什么的？":             "这笔 1,286.40 元是买什么的？",
		"2026-07-03 的凭证 20260703 为什么没有附件": "2026-07-03 的凭证 20260703 为什么没有附件",
		"花了 80000000 元，共 68000000.50":     "花了 80000000 元，共 68000000.50",
		"请打13812345678找我":                 "请打***找我",
		"请打１３８１２３４５６７８找我":                 "请打***找我",
		"电话 138-1234-5678，或138 1234 5678": "电话 ***，或***",
		"1 3 8 1 2 3 4 5 6 7 8":           "***",
		"13812345678元":                    "***元",
		"+86 13812345678":                 "***",
		"幺三八幺二三四五六七八":                     "***",
		"座机0571-88881234或88881234":        "座机***或***",
		"身份证999999199609070084":           "身份证***",
		"99999919960907008X。":             "***。",
		"卡号6222 0200 1234 5678 901":       "卡号***",
		"写信给 wang.li@example.com":         "写信给 ***",
		"微信号：wang_li88":                   "微信号：***",
		"我住3幢2单元501室":                     "我住3幢***",
		"住12幢301的人":                       "住12幢***的人",
		"12幢1203，也是":                      "12幢***，也是",
		"3幢2026年换灯120盏，6号楼1200元":          "3幢2026年换灯120盏，6号楼1200元",
		"3-2-501漏水":                       "3-***漏水",
		"居民王强反映楼道灯坏了":                     "居民王**反映楼道灯坏了",
		"居民：欧阳小红":                         "居民：欧阳**",
		"听李明华先生说":                         "听李**先生说",
		"王大爷家":                            "王大爷家",
		"陈小燕":                             "陈**",
		"12位凭证202607030001":               "12位凭证202607030001",
		"138\u200b12345678":               "***",
		"":                                "",
	} {
		if got := MaskText(text, "陈小燕", "王"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// No telephone and no identity number gets through, wherever it stands.
func FuzzMaskText(f *testing.F) {
	f.Add("请打", "找我")
	f.Add("a-", " b")
	f.Add("7", "元")
	f.Add("2026-07-03 ", ".5")
	f.Fuzz(func(t *testing.T, before, after string) {
		if touches(before, len(before)-1) || touches(after, 0) || strings.ContainsAny(before+after, "０１２３４５６７８９") || foldDigits(before+after) != before+after {
			return // then it is another number
		}
		for _, secret := range []string{"13812345678", "999999199609070084"} {
			if got := MaskText(before + secret + after); strings.Contains(got, secret) {
				t.Errorf("%q got through: %q", secret, got)
			}
		}
	})
}

func TestResidentView(t *testing.T) {
	for name, c := range map[string]struct {
		roles         []models.Role
		own, assigned bool
		want          View
	}{
		"visitor":                    {nil, false, false, View{}},
		"oneself":                    {nil, true, false, View{Full, Full, Full, Full, Full}},
		"director":                   {[]models.Role{models.RoleDirector}, false, false, View{Full, Masked, Masked, Full, Full}},
		"member":                     {[]models.Role{models.RoleCommitteeMember}, false, false, View{Full, Masked, Masked, Masked, Masked}},
		"member at the desk":         {[]models.Role{models.RoleCommitteeMember}, false, true, View{Full, Masked, Masked, Full, Masked}},
		"grid worker, own grid":      {[]models.Role{models.RoleGridWorker}, false, true, View{Full, Masked, Hidden, Full, Masked}},
		"grid worker, other grid":    {[]models.Role{models.RoleGridWorker}, false, false, View{}},
		"clerk":                      {[]models.Role{models.RoleClerk}, false, true, View{}},
		"supervisor":                 {[]models.Role{models.RoleSupervisor}, false, true, View{}},
		"street sees figures":        {[]models.Role{models.RoleStreet}, false, true, View{}},
		"admin":                      {[]models.Role{models.RoleAdmin}, false, true, View{}},
		"admin who is also director": {[]models.Role{models.RoleAdmin, models.RoleDirector}, false, true, View{}},
	} {
		if got := ResidentView(SetOf(c.roles...), c.own, c.assigned); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestInOwnGrid(t *testing.T) {
	posts := []models.Appointment{{RegionID: 100, Role: models.RoleGridWorker, GridID: 5, From: "2026-01-01", Until: "2026-08-15"}}
	for _, c := range []struct {
		community, grid models.ID
		day             models.Date
		want            bool
	}{{100, 5, "2026-08-15", true}, {100, 5, "2026-08-16", false}, {100, 6, "2026-08-15", false}, {101, 5, "2026-08-15", false}, {100, 0, "2026-08-15", false}} {
		if InOwnGrid(posts, c.community, c.grid, c.day) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

func TestLinkFor(t *testing.T) {
	for name, c := range map[string]struct {
		m      Match
		state  models.LinkState
		reason string
	}{
		"telephone and name and household": {Match{Name: true, Phone: true, Household: true, Candidates: 1}, models.LinkConfirmed, ""},
		"telephone and name only":          {Match{Name: true, Phone: true, Candidates: 1}, models.LinkPending, "policy.match.doubtful"},
		"desk":                             {Match{Desk: true, Candidates: 1}, models.LinkConfirmed, ""},
		"name, document, household":        {Match{Name: true, Document: true, Household: true, Candidates: 1}, models.LinkOrdinary, ""},
		"name and document":                {Match{Name: true, Document: true, Candidates: 1}, models.LinkPending, "policy.match.doubtful"},
		"recycled telephone":               {Match{Phone: true, Household: true, Candidates: 1}, models.LinkPending, "policy.match.phone_other_name"},
		"two of that name":                 {Match{Name: true, Document: true, Household: true, Candidates: 2}, models.LinkPending, "policy.match.several"},
		"nobody":                           {Match{}, models.LinkPending, "policy.match.none"},
		"somebody else has it":             {Match{Desk: true, Taken: true, Candidates: 1}, models.LinkPending, "policy.match.taken"},
	} {
		if state, reason := LinkFor(c.m); state != c.state || reason != c.reason {
			t.Errorf("%s: %s %s", name, state, reason)
		}
	}
}

func TestUnmaskAndMerge(t *testing.T) {
	if got := key(MayUnmask(models.Actor{UserID: 1}, "a good reason")); got != "policy.unmask.second_factor" {
		t.Error(got)
	}
	if got := key(MayUnmask(models.Actor{UserID: 1, SecondFactor: true}, "abc")); got != "policy.reason" {
		t.Error(got)
	}
	if err := MayUnmask(models.Actor{UserID: 1, SecondFactor: true}, "abcd"); err != nil {
		t.Error(err)
	}
	person := func(id models.ID, kind models.DocumentKind, index string) models.Resident {
		return models.Resident{Tenant: models.Tenant{CommunityID: 100, ID: id}, DocumentKind: kind, DocumentIndex: []byte(index)}
	}
	other := person(2, models.DocumentID, "a")
	other.CommunityID = 101
	in := func(state models.ResidentState, id models.ID) models.Resident {
		r := person(id, models.DocumentNone, "")
		r.State = state
		return r
	}
	for name, c := range map[string]struct {
		a, b models.Resident
		want string
	}{
		"one without document": {person(1, models.DocumentID, "a"), person(2, models.DocumentNone, ""), ""},
		"passport and card":    {person(1, models.DocumentID, "a"), person(2, models.DocumentPassport, "b"), ""},
		"two cards":            {person(1, models.DocumentID, "a"), person(2, models.DocumentID, "b"), "policy.merge.documents"},
		"itself":               {person(1, models.DocumentID, "a"), person(1, models.DocumentID, "a"), "policy.merge.same"},
		"another community":    {person(1, models.DocumentID, "a"), other, "policy.merge.same"},
		"one who moved":        {in(models.ResidentActive, 1), in(models.ResidentMoved, 2), ""},
		"into one who moved":   {in(models.ResidentMoved, 1), in(models.ResidentActive, 2), "policy.merge.turn"},
		"two who moved":        {in(models.ResidentMoved, 1), in(models.ResidentMoved, 2), ""},
		"merged already":       {in(models.ResidentActive, 1), in(models.ResidentMerged, 2), "policy.merge.done"},
		"into a merged one":    {in(models.ResidentMerged, 1), in(models.ResidentActive, 2), "policy.merge.done"},
	} {
		if got := key(MayMerge(c.a, c.b)); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzReadID(f *testing.F) {
	f.Add("999999199609070084")
	f.Add("９９９９９９１９９６０９０７００８４")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, typed string) {
		id, err := ReadID(typed, today)
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%q: %v", typed, err)
			}
			return
		}
		if again, err := ReadID(id.Number, today); err != nil || again != id {
			t.Errorf("%q: reads as %v, then as %v", typed, id, again)
		}
	})
}
