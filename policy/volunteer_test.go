package policy

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"os"

	"juwu/internal/problem"
	"juwu/models"
)

func TestJoinStateByAge(t *testing.T) {
	const day = models.Date("2026-11-27")
	for _, c := range []struct {
		birth models.Date
		way   JoinWay
		state models.VolunteerState
		key   string
	}{
		{"2008-11-27", JoinSelf, models.VolunteerActive, ""},    // 18 today
		{"2008-11-28", JoinSelf, models.VolunteerAwaiting, ""},  // tomorrow
		{"2012-11-27", JoinSelf, models.VolunteerAwaiting, ""},  // 14 today
		{"2012-11-28", JoinSelf, "", "volunteer.birth.parent"},  // tomorrow
		{"2012-11-28", JoinDesk, "", "volunteer.birth.parent"},  // the desk alone is not enough
		{"2012-11-28", JoinParent, models.VolunteerActive, ""},  // with a parent
		{"2020-11-27", JoinParent, models.VolunteerActive, ""},  // 6 today
		{"2020-11-28", JoinParent, "", "volunteer.birth.young"}, // tomorrow
		{"2026-11-28", JoinSelf, "", "volunteer.birth.wrong"},   // not born yet
		{"1915-11-27", JoinSelf, "", "volunteer.birth.wrong"},   // 111
		{"", JoinSelf, "", "volunteer.birth.wrong"},             //
		{"2009-02-30", JoinSelf, "", "volunteer.birth.wrong"},   //
	} {
		state, err := JoinState(c.birth, day, c.way)
		key := ""
		if p := problem.As(err); p != nil {
			key = p.Fields["birth"].Key
		}
		if state != c.state || key != c.key {
			t.Errorf("%s %s: %s %s, want %s %s", c.birth, c.way, state, key, c.state, c.key)
		}
	}
}

func TestServedMinutesLieWithinTheShift(t *testing.T) {
	nine := time.Date(2026, 11, 28, 9, 0, 0, 0, models.Shanghai)
	at := func(m int) time.Time { return nine.Add(time.Duration(m) * time.Minute) }
	for _, c := range []struct{ in, out, want int }{
		{0, 120, 120}, {-20, 150, 120}, {30, 60, 30}, {-30, 0, 0}, {120, 150, 0}, {60, 60, 0}, {90, 30, 0}, {119, 121, 1},
	} {
		if got := ServedMinutes(at(c.in), at(c.out), at(0), at(120)); got != c.want {
			t.Errorf("%d to %d: %d, want %d", c.in, c.out, got, c.want)
		}
	}
}

func TestCheckInWindow(t *testing.T) {
	s := models.Shift{State: models.ShiftOpen, BeginsAt: time.Unix(900000, 0), EndsAt: time.Unix(907200, 0)}
	for _, c := range []struct {
		at   time.Duration
		kind problem.Kind
	}{
		{-30*time.Minute - time.Millisecond, problem.TooEarly}, {-30 * time.Minute, 0}, {0, 0}, {2 * time.Hour, 0}, {2*time.Hour + time.Millisecond, problem.TooLate},
	} {
		err := MayCheckIn(s, s.BeginsAt.Add(c.at))
		if (err == nil) != (c.kind == 0) || err != nil && !problem.Is(err, c.kind) {
			t.Errorf("in at %v: %v", c.at, err)
		}
	}
	for at, kind := range map[time.Duration]problem.Kind{90 * time.Minute: 0, 90*time.Minute + time.Millisecond: problem.TooLate} {
		err := MayCheckOut(s, s.BeginsAt, s.EndsAt.Add(at))
		if (err == nil) != (kind == 0) {
			t.Errorf("out at %v: %v", at, err)
		}
	}
}

func TestStarsAndPointsAtTheirEdges(t *testing.T) {
	hours, err := StarHours("100,300,600,1000,1500")
	if err != nil {
		t.Fatal(err)
	}
	for minutes, want := range map[int]int{0: 0, 100*60 - 1: 0, 100 * 60: 1, 300*60 - 1: 1, 300 * 60: 2, 1500 * 60: 5, 99999 * 60: 5} {
		if got := Stars(minutes, hours); got != want {
			t.Errorf("%d minutes: %d stars, want %d", minutes, got, want)
		}
	}
	for _, wrong := range []string{"", "0", "100,100", "300,100", "a", "100,", "1.5"} {
		if _, err := StarHours(wrong); err == nil {
			t.Errorf("%q is taken for thresholds", wrong)
		}
	}
	for _, c := range []struct{ minutes, rate, today, day, held, most, want int }{
		{60, 10, 0, 40, 0, 1000, 10}, {59, 10, 0, 40, 0, 1000, 9}, {300, 10, 0, 40, 0, 1000, 40}, {60, 10, 35, 40, 0, 1000, 5}, {60, 10, 40, 40, 0, 1000, 0},
		{60, 10, 0, 0, 995, 1000, 5}, {60, 10, 0, 0, 1000, 1000, 0}, {60, 10, 0, 0, 2000, 1000, 0}, {60, 10, 0, 0, 2000, 0, 10},
	} {
		if got := PointsFor(c.minutes, c.rate, c.today, c.day, c.held, c.most); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A star is decided from the day after its display, which lasts five working
// days; the first of October is not one.
func TestStarIsPostedFiveWorkingDays(t *testing.T) {
	until := PostedUntil("2026-11-27", China()) // a Friday
	if until != "2026-12-04" {
		t.Errorf("posted until %s", until)
	}
	a := models.StarAward{State: models.StarPosted, PostedUntil: until}
	if err := MayGrantStar(a, "r1", "r2", false, until); !problem.Is(err, problem.TooEarly) {
		t.Errorf("on the last day: %v", err)
	}
	if err := MayGrantStar(a, "r1", "r2", false, until.AddDays(1)); err != nil {
		t.Error(err)
	}
	if err := MayGrantStar(a, "r1", "r1", false, until.AddDays(1)); !problem.Is(err, problem.Forbidden) {
		t.Errorf("one's own: %v", err)
	}
	if err := MayGrantStar(a, "r1", "r2", true, until.AddDays(1)); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a near relative's: %v", err)
	}
}

// Who decides about hours: neither the person, nor a near relative, nor who
// proposed them.
func TestWhoMayDecideHours(t *testing.T) {
	committee, other := SetOf(models.RoleCommitteeMember), SetOf(models.RoleSupervisor)
	h := models.Hours{State: models.HoursProposed, ByKey: "r3"}
	for name, c := range map[string]struct {
		state       models.HoursState
		action, own string
		by          string
		near        bool
		roles       RoleSet
		want        string
	}{
		"another":                {models.HoursProposed, "approve", "r1", "r2", false, committee, ""},
		"own":                    {models.HoursProposed, "approve", "r2", "r2", false, committee, "hours.own"},
		"own refusal":            {models.HoursProposed, "refuse", "r2", "r2", false, committee, "hours.own"},
		"near":                   {models.HoursProposed, "approve", "r1", "r2", true, committee, "hours.kin"},
		"near reversal":          {models.HoursApproved, "reverse", "r1", "r2", true, committee, "hours.kin"},
		"proposer":               {models.HoursProposed, "approve", "r1", "r3", false, committee, "hours.proposer"},
		"proposer takes back":    {models.HoursProposed, "refuse", "r1", "r3", false, committee, ""},
		"supervisor":             {models.HoursProposed, "approve", "r1", "r2", false, other, "policy.forbidden"},
		"approve what stands":    {models.HoursApproved, "approve", "r1", "r2", false, committee, "policy.state"},
		"reverse what waits":     {models.HoursProposed, "reverse", "r1", "r2", false, committee, "policy.state"},
		"reverse what is undone": {models.HoursReversed, "reverse", "r1", "r2", false, committee, "policy.state"},
	} {
		h.State = c.state
		_, err := MayDecideHours(h, c.action, c.own, c.by, c.near, c.roles)
		got := ""
		if p := problem.As(err); p != nil {
			got = p.Key
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestGaugeIsCutOffAndMissingIsRoundedUp(t *testing.T) {
	g := Gauge{Registered: 455, Residents: 5686, Target: 80}
	if Tenths(g.Registered, g.Residents) != 80 || Missing(454, 5686, 80) != 1 || Missing(455, 5686, 80) != 0 || g.Next() != 100 {
		t.Errorf("%d %d %d %d", Tenths(455, 5686), Missing(454, 5686, 80), Missing(455, 5686, 80), g.Next())
	}
	if Tenths(454, 5686) != 79 {
		t.Error("7.98 % is not 8 %")
	}
	if Tenths(1, 0) != 0 || Missing(0, 0, 80) != 0 {
		t.Error("an empty roll")
	}
}

func TestShareIsShownHonestly(t *testing.T) {
	for want, in := range map[string][2]int{"0": {0, 5686}, "<0.1": {5, 5686}, "0.1": {6, 5686}, "7.9": {454, 5686}, "8": {455, 5686}, "100": {3, 3}} {
		if got := Percent(in[0], in[1]); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
	}
	if got := Percent(3, 0); got != "<0.1" {
		t.Errorf("of nobody: %s", got)
	}
}

func TestNumbersCarryACheckDigit(t *testing.T) {
	n := VolunteerNumber(2026, 12)
	if n != "202600012"+n[9:] || !NumberChecks(n) {
		t.Fatal(n)
	}
	for i := range n {
		for d := byte('0'); d <= '9'; d++ {
			if wrong := n[:i] + string(d) + n[i+1:]; wrong != n && NumberChecks(wrong) {
				t.Errorf("%s passes for %s", wrong, n)
			}
		}
	}
}

func certificate(t *testing.T) (token string, keys map[string]ed25519.PublicKey, public ed25519.PublicKey) {
	t.Helper()
	key := ed25519.NewKeyFromSeed([]byte("seed of thirty-two bytes exactly"))
	payload, signature, err := SignStatement(ServiceStatement{Number: "和睦里志证〔2026〕1号", Name: "王芳", Volunteer: "2026000128", From: "2026-01-01", Until: "2026-11-27", Minutes: 750, Times: 5, Content: "为老人送餐", Issuer: "和睦里社区", Date: "2026-11-27"}, key)
	if err != nil {
		t.Fatal(err)
	}
	public = key.Public().(ed25519.PublicKey)
	return CertificateToken(payload, signature), map[string]ed25519.PublicKey{KeyID(public): public}, public
}

func TestAnyByteOfACertificateFlippedIsRefused(t *testing.T) {
	token, keys, _ := certificate(t)
	if s, _, err := ReadToken(token, keys); err != nil || s.Minutes != 750 || s.Name != "王芳" {
		t.Fatal(s, err)
	}
	for i := range token {
		for _, bit := range []byte{1, 2, 4, 8, 16, 32, 64, 128} {
			b := []byte(token)
			b[i] ^= bit
			if _, _, err := ReadToken(string(b), keys); !problem.Is(err, problem.Invalid) {
				t.Fatalf("byte %d, bit %d: %v", i, bit, err)
			}
		}
	}
	for name, wrong := range map[string]string{"cut": token[:len(token)-1], "longer": token + "A", "newline": token + "\n", "empty": "", "other key": token} {
		k := keys
		if name == "other key" {
			other := ed25519.NewKeyFromSeed([]byte("another seed of thirty-two bytes")).Public().(ed25519.PublicKey)
			k = map[string]ed25519.PublicKey{KeyID(other): other}
		}
		if _, _, err := ReadToken(wrong, k); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// The script in the docs knows nothing of this program: Node's Ed25519.
func TestCertificateIsCheckedByAStranger(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node")
	}
	token, _, public := certificate(t)
	file := filepath.Join(t.TempDir(), "keys.json")
	b, err := json.Marshal(map[string]any{"keys": []map[string]string{{"id": KeyID(public), "ed25519": base64.StdEncoding.EncodeToString(public)}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(token string) (string, error) {
		out, err := exec.Command(node, "../docs/check-certificate.mjs", token, file).CombinedOutput()
		return string(out), err
	}
	if out, err := run("https://juwu.example/verify/" + token); err != nil || !strings.Contains(out, `"min": 750`) {
		t.Errorf("%v\n%s", err, out)
	}
	for _, i := range []int{5, len(token) / 2, len(token) - 1} {
		b := []byte(token)
		b[i] ^= 4
		if out, err := run(string(b)); err == nil {
			t.Errorf("byte %d flipped: %s", i, out)
		}
	}
}

func FuzzReadToken(f *testing.F) {
	f.Add("JW1.e30.AA")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if _, _, err := ReadToken(token, nil); err == nil {
			t.Error("taken without a key")
		}
	})
}
