package portal

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
	"juwu/policy"
	"juwu/static"
)

// deviceAssets are what the device page needs without a line.
func deviceAssets() string {
	b, err := json.Marshal([]string{static.URL("device.js"), static.URL("scan.js"), static.URL("decoder.js"), static.URL("app.js"), static.URL("app.css")})
	if err != nil {
		return "[]" // texts always are JSON
	}
	return string(b)
}

// issueDevice gives the leader's device its key, as JSON for device.ts.
func (p *Portal) issueDevice(c *fiber.Ctx) error {
	page := web.PageOf(c)
	ms, err := strconv.ParseInt(web.FormOf(c).Raw("device_ms"), 10, 64)
	if err != nil {
		return fiber.ErrBadRequest
	}
	kit, err := p.Store.In(page.Community).IssueDevice(web.Context(c), page.Actor, page.ParamID("id"), ms)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(kit)
}

// devicePage is kept by the service worker: it names nobody.
func (p *Portal) devicePage(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.activityView(ctx, page)
	if err != nil {
		return nil, err
	}
	page.Title = page.T("device.title")
	page.Scripts = append(page.Scripts, "scan.js", "device.js")
	return devicePage(v), nil
}

// takeBatch takes what a leader's device noted without a line.
func (p *Portal) takeBatch(c *fiber.Ctx) error {
	page := web.PageOf(c)
	batch, ok := readBatch(web.FormOf(c))
	if !ok {
		return problem.New(problem.Forbidden, "activity.device.refused", nil).Because("malformed batch")
	}
	results, err := p.Store.In(page.Community).TakeBatch(web.Context(c), page.ParamID("id"), batch)
	if err != nil {
		return err
	}
	type result struct {
		OK   bool   `json:"ok"`
		Text string `json:"text"`
	}
	list := make([]result, len(results))
	for i, r := range results {
		list[i] = result{OK: r.OK}
		if !r.OK {
			list[i].Text = page.Text(r.Text)
		}
	}
	return c.JSON(fiber.Map{"results": list})
}

// readBatch reads the lines "number,in,milliseconds".
func readBatch(f *web.Form) (store.DeviceBatch, bool) {
	b := store.DeviceBatch{MAC: f.Raw("mac")}
	var ok bool
	if b.Device, ok = models.ParseID(f.Raw("device")); !ok {
		return b, false
	}
	var err error
	if b.SentMS, err = strconv.ParseInt(f.Raw("sent"), 10, 64); err != nil {
		return b, false
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(f.Raw("notes"), "\n"), "\n") {
		n, ok := readNote(line)
		if !ok {
			return b, false
		}
		b.Notes = append(b.Notes, n)
	}
	return b, true
}

func readNote(line string) (policy.DeviceNote, bool) {
	part := strings.Split(line, ",")
	if len(part) != 3 || part[1] != "in" && part[1] != "out" || !policy.NumberChecks(part[0]) {
		return policy.DeviceNote{}, false
	}
	at, err := strconv.ParseInt(part[2], 10, 64)
	return policy.DeviceNote{Number: part[0], Out: part[1] == "out", AtMS: at}, err == nil
}
