package portal

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// boardView is the public board: the newest events, and what was looked for.
type boardView struct {
	*ballotView
	Lines  []store.BoardLine
	Older  int64
	Asked  string
	Found  *store.OnBoard
	Sought bool // a tracker was typed that can be one
	Heads  []models.BallotHead
	Gone   bool                // what was found is left out of the count
	Key    string              // that signs heads and lists, for the printed notice
	Before []ballot.Succession // keys that signed before it
}

const boardLines = 20

// board is read fresh: a voter who looks for a ballot must never be answered
// from a page that is older than the receipt.
func (p *Portal) board(c *fiber.Ctx) error {
	page := web.PageOf(c)
	t, ctx := p.Store.In(page.Community), web.Context(c)
	b, err := p.publicBallot(ctx, page, "ballot.board.title")
	if err != nil {
		return err
	}
	v := &boardView{ballotView: b, Asked: strings.TrimSpace(page.Query("q"))}
	page.NoIndex = v.Asked != ""
	before, _ := strconv.ParseInt(page.Query("before"), 10, 64)
	if v.Lines, err = t.NewestEvents(ctx, b.B.ID, before, boardLines+1); err != nil {
		return err
	}
	if len(v.Lines) > boardLines {
		v.Lines = v.Lines[:boardLines]
		v.Older = v.Lines[boardLines-1].Height
	}
	if v.Heads, err = t.Heads(ctx, b.B.ID); err != nil {
		return err
	}
	if from, to, ok := readTracker(v.Asked); ok {
		v.Sought = true
		v.Found, err = t.FindBallot(ctx, b.B.ID, from, to)
		if problem.Is(err, problem.NotFound) {
			err = nil
			v.Found = nil
		}
	}
	v.Gone = v.Found != nil && v.Count != nil && slices.Contains(store.BallotsLeftOut(v.Count), v.Found.Digest)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, boardPage(v))
}

// readTracker takes six words, the 43 characters or the 64 digits of a tracker.
func readTracker(text string) (from, to ballot.Digest, ok bool) {
	plain := strings.Join(strings.Fields(text), "")
	if d, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(plain, "=")); err == nil && len(d) == len(from) {
		copy(from[:], d)
		return from, from, true
	}
	if d, err := hex.DecodeString(plain); err == nil && len(d) == len(from) {
		copy(from[:], d)
		return from, from, true
	}
	a, b, ok := web.ReadTrackerWords(text)
	return ballot.Digest(a), ballot.Digest(b), ok
}

// tracker is a line's ballot in words.
func (v *boardView) words(d ballot.Digest) string {
	sep := " "
	if strings.HasPrefix(v.Lang, "zh") {
		sep = "\u2002"
	}
	return strings.Join(web.TrackerWords(v.Lang, d), sep)
}

// headJSON is a signed head: two mirrors compare it, and whoever has two signed
// heads of one height that differ has proof that two boards were shown.
type headJSON struct {
	UUID      string    `json:"uuid"`
	Height    int64     `json:"height"`
	Bytes     int64     `json:"bytes"`
	Ballots   int       `json:"ballots"`
	Head      string    `json:"head"`
	Signature []byte    `json:"signature"`
	Key       []byte    `json:"key"`
	Before    []headKey `json:"before,omitempty"` // keys before it, the oldest first; each has signed the next
	State     string    `json:"state"`
}

type headKey struct {
	Key       []byte `json:"key"`
	Signature []byte `json:"signature"`
}

func (p *Portal) boardJSON(c *fiber.Ctx) error {
	page := web.PageOf(c)
	b, err := p.Store.In(page.Community).PublicBallot(web.Context(c), page.ParamID("id"))
	if err != nil {
		return err
	}
	before, err := p.Store.BallotKeysBefore(web.Context(c))
	if err != nil {
		return err
	}
	head := headJSON{b.UUID, b.Height, b.Bytes, b.Ballots, ballot.Digest(b.Head).String(), b.Signature, p.Store.BallotKey(), nil, string(b.State)}
	for _, k := range before {
		head.Before = append(head.Before, headKey{k.Key, k.Signature})
	}
	return noStore(c, head)
}

// boardFile streams the archive; a part that was asked for by Range, so that a
// download that broke off goes on.
func (p *Portal) boardFile(c *fiber.Ctx) error {
	page := web.PageOf(c)
	b, err := p.Store.In(page.Community).PublicBallot(web.Context(c), page.ParamID("id"))
	if err != nil {
		return err
	}
	return p.sendArchive(c, b.ID, &b.BoardEnd, b.UUID+".bel")
}

// countFile streams the archive that the count is made on, where it is not the
// board's.
func (p *Portal) countFile(c *fiber.Ctx) error {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	b, err := t.PublicBallot(ctx, page.ParamID("id"))
	if err != nil {
		return err
	}
	count, err := t.BallotCount(ctx, b.ID)
	if err != nil {
		return err
	}
	if count == nil || count.Last == "" || count.Last == string(ballot.EventBallot) || count.Last == string(ballot.EventSetup) { // still being copied
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	return p.sendArchive(c, count.ID, &count.BoardEnd, b.UUID+"-count.bel")
}

// exclusions is the signed list of what the count leaves out.
func (p *Portal) exclusions(c *fiber.Ctx) error {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	b, err := t.PublicBallot(ctx, page.ParamID("id"))
	if err != nil {
		return err
	}
	list, err := t.ExclusionList(ctx, b)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+b.UUID+`-exclusions.json"`)
	c.Type("json", "utf-8")
	return c.Send(list.Bytes())
}

func (p *Portal) sendArchive(c *fiber.Ctx, id models.ID, end *models.BoardEnd, name string) error {
	t := p.Store.In(web.PageOf(c).Community)
	from, to, err := byteRange(c.Get(fiber.HeaderRange), end.Bytes)
	if err != nil {
		c.Set(fiber.HeaderContentRange, "bytes */"+strconv.FormatInt(end.Bytes, 10))
		return c.SendStatus(fiber.StatusRequestedRangeNotSatisfiable)
	}
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderETag, `"`+ballot.Digest(end.Head).String()+`"`)
	c.Set(fiber.HeaderContentType, "application/x-tar")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	if from > 0 || to < end.Bytes {
		c.Status(fiber.StatusPartialContent)
		c.Set(fiber.HeaderContentRange, "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(to-1, 10)+"/"+strconv.FormatInt(end.Bytes, 10))
	}
	return web.Stream(c, to-from, func(ctx context.Context) io.Reader { return t.BoardReader(ctx, id, from, to) })
}

var errRange = errors.New("range")

// byteRange reads a single range: [from, to). "" is everything; what is not
// understood is everything too, as RFC 9110 has it.
func byteRange(h string, size int64) (from, to int64, err error) {
	spec, ok := strings.CutPrefix(h, "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return 0, size, nil
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok {
		return 0, size, nil
	}
	if first == "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n <= 0 {
			return 0, 0, errRange
		}
		return max(0, size-n), size, nil
	}
	if from, err = strconv.ParseInt(first, 10, 64); err != nil || from < 0 {
		return 0, size, nil
	}
	to = size
	if last != "" {
		end, err := strconv.ParseInt(last, 10, 64)
		if err != nil || end < from {
			return 0, size, nil
		}
		to = min(size-1, end) + 1 // end may be the largest number there is
	}
	if from >= size {
		return 0, 0, errRange
	}
	return from, to, nil
}

// boardSheet is the paper for the notice board: fingerprint and heads.
func (p *Portal) boardSheet(c *fiber.Ctx) error {
	page := web.PageOf(c)
	ctx := web.Context(c)
	b, err := p.publicBallot(ctx, page, "ballot.sheet.title")
	if err != nil {
		return err
	}
	v := &boardView{ballotView: b, Key: base64.StdEncoding.EncodeToString(p.Store.BallotKey())}
	if v.Heads, err = p.Store.In(page.Community).Heads(ctx, b.B.ID); err != nil {
		return err
	}
	if v.Before, err = p.Store.BallotKeysBefore(ctx); err != nil {
		return err
	}
	s, err := p.Store.In(page.Community).BallotSetup(ctx, b.B.ID)
	if err != nil {
		return err
	}
	page.Bare = true
	return web.Render(c, fiber.StatusOK, boardSheetPage(v, s.Election.Fingerprint))
}

func (v *boardView) older() ui.Link {
	if v.Older == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("ballot.board.older"), Href: v.at("board") + "?before=" + strconv.FormatInt(v.Older, 10)}
}

func (v *boardView) headRows(heads []models.BallotHead) (rows []ui.TR) {
	for _, h := range heads {
		rows = append(rows, ui.TR{Cells: []ui.TD{{Text: v.Moment(h.At)}, {Text: v.T(headKinds.Key(h.Kind), "n", h.Ballots)}, {Text: ballot.Digest(h.Head).Short()}}})
	}
	return rows
}

// signers are who answers for what the count leaves out.
func (v *ballotView) signers() (list []ui.Answer) {
	for _, s := range []struct {
		body, name string
		at         *time.Time
	}{{"electoral", v.Count.ElectoralName, v.Count.ElectoralAt}, {"supervision", v.Count.SupervisionName, v.Count.SupervisionAt}} {
		value := v.T("ballot.count.unsigned")
		if s.at != nil {
			value = v.T("ballot.count.by", "name", s.name, "at", v.Moment(*s.at))
		}
		list = append(list, ui.Answer{Label: v.T(ballotBodies.Key(s.body)), Value: value})
	}
	return list
}

// countMade tells whether the count's archive can be downloaded.
func (v *ballotView) countMade() bool {
	return v.Count != nil && v.Count.Signed() && v.B.State != models.BallotEnded
}

// Heads that the first paper of the notice holds below the other fingerprints,
// and each further one: a line may take two.
const (
	headsFirst = 6
	headsMore  = 12
)

// sheetPart is one paper of the notice.
type sheetPart struct {
	id    string
	first bool
	heads []models.BallotHead
	props ui.SheetProps
}

// sheets divides the notice over as many papers as a long vote needs.
func (v *boardView) sheets() (parts []sheetPart) {
	heads := v.Heads
	for most := headsFirst; len(parts) == 0 || len(heads) > 0; most = headsMore {
		n := min(most, len(heads))
		parts = append(parts, sheetPart{id: "heads-" + number(len(parts)), first: len(parts) == 0, heads: heads[:n]})
		heads = heads[n:]
	}
	for i := range parts {
		parts[i].props = ui.SheetProps{Kind: v.T(ballotKinds.Key(string(v.B.Kind))), Title: v.T("ballot.sheet.title", "title", v.B.Title), Community: v.Community.Name, Number: v.B.UUID, Period: v.hours(),
			QRAddress: v.Absolute(v.at("board")), QRLabel: v.T("ballot.sheet.qr"), PageText: v.T("ballot.sheet.page", "n", i+1, "of", len(parts)), Seal: v.T("ballot.sheet.seal"), Foot: v.T("ballot.sheet.foot", "phone", v.Community.Phone)}
	}
	return parts
}

// printRows are the fingerprints that never change, and the key of signed heads.
func (v *boardView) printRows(fingerprint string) []ui.TR {
	rows := []ui.TR{{Cells: []ui.TD{{Text: v.T("ballot.sheet.fingerprint")}, {Text: fingerprint}}}, {Cells: []ui.TD{{Text: v.T("ballot.sheet.key")}, {Text: v.Key}}}}
	for _, k := range slices.Backward(v.Before) {
		rows = append(rows, ui.TR{Cells: []ui.TD{{Text: v.T("ballot.sheet.key.before")}, {Text: base64.StdEncoding.EncodeToString(k.Key)}}})
	}
	for _, p := range pins() {
		rows = append(rows, ui.TR{Cells: []ui.TD{{Text: p.Label}, {Text: p.Value}}})
	}
	return rows
}
