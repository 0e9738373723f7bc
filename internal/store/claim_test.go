package store_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func oneLine(amounts ...models.Fen) store.ClaimDraft {
	var d store.ClaimDraft
	for _, a := range amounts {
		d.Lines = append(d.Lines, store.ClaimLineDraft{Day: "2026-10-12", Purpose: "打印纸两箱", Category: "办公费", Fund: "工作经费", AmountFen: a})
	}
	return d
}

func TestClaimsAreDecidedLineByLine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db) // the threshold is 2,000.00
		v, err := d.in().CreateClaim(ctx, d.member, oneLine(200000, 200001, 10000))
		must(t, err)
		if v.Number != "BX2026-001" || v.TotalFen != 410001 || v.Lines[0].Street || !v.Lines[1].Street {
			t.Fatalf("%+v", v)
		}
		decide := func(a models.Actor, line int, yes bool, reason string) error {
			got, err := d.in().DecideClaimLine(ctx, a, v.Lines[line].ID, yes, reason)
			if err == nil {
				v = got
			}
			return err
		}
		refused(t, decide(d.director, 1, true, ""), problem.Forbidden, "policy.forbidden")
		refused(t, decide(d.street, 0, true, ""), problem.Forbidden, "policy.forbidden")
		refused(t, decide(d.clerk, 0, true, ""), problem.Forbidden, "policy.forbidden")
		must(t, decide(d.director, 0, true, ""))
		refused(t, decide(d.director, 0, false, "changed my mind"), problem.Conflict, "policy.claim.decided")
		refused(t, decide(d.director, 2, false, ""), problem.Invalid, "policy.reason")
		must(t, decide(d.director, 2, false, "没有发票"))
		if v.State != models.ClaimOpen {
			t.Errorf("state %s with an open line", v.State)
		}
		must(t, decide(d.street, 1, true, ""))
		if v.State != models.ClaimApproved || v.Lines[1].Decider != "街道" {
			t.Errorf("%+v", v)
		}
	})
}

func TestNobodyDecidesTheirOwnClaim(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		own, err := d.in().CreateClaim(ctx, d.director, oneLine(5000))
		must(t, err)
		if !own.Lines[0].Street {
			t.Error("the director's own line waits for the director")
		}
		// A director with a second login that handed the claim in.
		member := linked(d.member, d.c.ID, 77)
		v, err := d.in().CreateClaim(ctx, member, oneLine(5000))
		must(t, err)
		_, err = d.in().DecideClaimLine(ctx, linked(d.director, d.c.ID, 77), v.Lines[0].ID, true, "")
		refused(t, err, problem.Forbidden, "policy.claim.own")
		_, err = d.in().DecideClaimLine(ctx, d.director, v.Lines[0].ID, true, "")
		must(t, err)
	})
}

func TestClaimFormTellsEverything(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.New(t))
	_, err := d.in().CreateClaim(ctx, d.member, store.ClaimDraft{Lines: []store.ClaimLineDraft{{Day: "2026-12-01", AmountFen: -5}, {Day: "x", Purpose: "a", AmountFen: 1}}})
	p := problem.As(err)
	if p == nil || len(p.Fields) != 4 || p.Fields["day_1"].Key != "claim.day.future" || p.Fields["day_2"].Key != "claim.day" {
		t.Errorf("%+v", p)
	}
	if _, err := d.in().CreateClaim(ctx, d.member, store.ClaimDraft{}); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

func TestPaidClaims(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		v, err := d.in().CreateClaim(ctx, d.member, oneLine(5000, 7000))
		must(t, err)
		m := d.bringIn("a.csv", book("2026-10", 100000,
			"05,记-1,打印纸,办公费,工作经费,,50.00,见"+v.Number+"-1,",
			"06,记-2,饮用水,办公费,工作经费,,70.00,见"+v.Number+",",
		), "")[0]
		_, err = d.in().SignAccount(ctx, d.clerk, m.ID, 1, models.StepClerk)
		refused(t, err, problem.Conflict, "policy.sign.claim_open")
		for _, l := range v.Lines {
			_, err = d.in().DecideClaimLine(ctx, d.director, l.ID, true, "")
			must(t, err)
		}
		d.publish(m)
		got, err := d.in().Claim(ctx, v.ID)
		must(t, err)
		if got.State != models.ClaimPosted || got.Lines[0].State != models.ClaimPosted || got.Lines[1].State != models.ClaimPosted {
			t.Errorf("%+v", got)
		}
	})
}

func shaded(t testing.TB, grey uint8) store.NewFile {
	t.Helper()
	paper := image.NewGray(image.Rect(0, 0, 100, 60))
	for i := range paper.Pix {
		paper.Pix[i] = grey
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, paper, nil))
	return store.NewFile{Name: "a.jpg", Data: b.Bytes()}
}

// A receipt is photographed once: the claim's picture comes to the line of the
// account that pays it, the blacked-out one instead of its original, and is
// shown to nobody before somebody at the desk has looked at it.
func TestReceiptsOfAClaimComeToTheLine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		v, err := d.in().CreateClaim(ctx, d.member, oneLine(5000))
		must(t, err)
		claimed := store.Owner{Kind: "claim_line", ID: v.Lines[0].ID}
		photos, err := d.in().AddFiles(ctx, d.member, claimed, []store.NewFile{shaded(t, 200), shaded(t, 90)})
		must(t, err)
		black, err := d.in().BlackOut(ctx, d.member, photos[0].ID, []photo.Box{{X: 10, Y: 10, W: 500, H: 500}})
		must(t, err)
		row := "05,记-1,打印纸,办公费,工作经费,,50.00,见" + v.Number + "-1,"
		m := d.bringIn("a.csv", book("2026-10", 100000, row), "")[0]
		line := func() (models.ID, []models.Attachment) {
			entries, err := d.in().EntryPage(ctx, m.ID, 0, 10)
			must(t, err)
			for _, e := range entries {
				if e.ExpenseFen == 5000 {
					files, err := d.in().Files(ctx, store.Owner{Kind: "entry", ID: e.ID})
					must(t, err)
					return e.ID, files
				}
			}
			t.Fatal("no line")
			return 0, nil
		}
		_, files := line()
		if len(files) != 2 || files[0].Public || files[1].Public || files[0].RedactsID != 0 || files[1].RedactsID != 0 ||
			!bytes.Equal(files[1].SHA256, black.SHA256) || !bytes.Equal(files[0].SHA256, photos[1].SHA256) {
			t.Fatalf("%+v", files)
		}
		_, err = d.in().PublicFile(ctx, photos[0].ID, "2026-11-01")
		refused(t, err, problem.NotFound, "page.notfound")

		// What the clerk takes out does not come back with the next draft.
		_, err = d.in().RemoveFile(ctx, d.clerk, files[0].ID)
		must(t, err)
		m = d.bringIn("b.csv", book("2026-10", 100000, row, "06,记-2,饮用水,办公费,工作经费,,70.00,,"), "")[0]
		if _, files = line(); len(files) != 1 || !bytes.Equal(files[0].SHA256, black.SHA256) {
			t.Fatalf("%+v", files)
		}
		_, err = d.in().ShowFile(ctx, d.clerk, files[0].ID, true)
		must(t, err)
		_, err = d.in().DecideClaimLine(ctx, d.director, v.Lines[0].ID, true, "")
		must(t, err)
		d.publish(m)
		_, err = d.in().PublicFile(ctx, files[0].ID, "2026-11-01")
		must(t, err)
		for _, inside := range photos {
			_, err = d.in().PublicFile(ctx, inside.ID, "2026-11-01")
			refused(t, err, problem.NotFound, "page.notfound")
		}
	})
}

func TestLastTwoLinesDecidedAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		other := db.Second(t)
		must(t, other.Load(ctx))
		processes := []*store.Tenant{d.in(), other.In(d.c)}
		for range 5 {
			v, err := d.in().CreateClaim(ctx, d.member, oneLine(5000, 300000))
			must(t, err)
			actors := []models.Actor{d.director, d.street}
			if n := atOnce(t, 2, func(k int) error {
				return second(processes[k].DecideClaimLine(ctx, actors[k], v.Lines[k].ID, true, ""))
			}); n != 2 {
				t.Fatalf("%d decided", n)
			}
			got, err := d.in().Claim(ctx, v.ID)
			must(t, err)
			if got.State != models.ClaimApproved {
				t.Fatalf("both lines are decided, the claim is %s", got.State)
			}
		}
	})
}
