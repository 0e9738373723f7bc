package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net"
	"net/url"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// The systems that a community hands cases over to.

const (
	mostTargets      = 20
	maxTargetURL     = 300
	maxTargetMapping = 2000
	maxServicesKept  = 4000
)

// HandoverTargets are those in use, the oldest first. The street's own, for
// cases about officials, are shown to whoever may change them or know of such.
func (t *Tenant) HandoverTargets(ctx context.Context, actor models.Actor) ([]models.HandoverTarget, error) {
	q := t.db(ctx).Where("off = ?", false)
	day := models.DateOf(t.Now())
	g := t.opt.Guard
	if g.Allowed(actor, t.Community, "settings", "handover_officials", day) != nil && g.Allowed(actor, t.Community, "case", "read_about_committee", day) != nil {
		q = q.Where("officials = ?", false)
	}
	var rows []models.HandoverTarget
	err := q.Order("id").Find(&rows).Error
	for i := range rows {
		rows[i].SecretSeal = nil
	}
	return rows, err
}

// HandoverTarget is one of them.
func (t *Tenant) HandoverTarget(ctx context.Context, actor models.Actor, id models.ID) (*models.HandoverTarget, error) {
	list, err := t.HandoverTargets(ctx, actor)
	for i := range list {
		if list[i].ID == id {
			return &list[i], err
		}
	}
	return nil, firstError(err, problem.New(problem.NotFound, "page.notfound", nil))
}

// PutHandoverTarget adds a target (ID 0) or changes one; secret "" keeps the one
// there is. The secret of a new webhook is made here and returned once.
// Refusals: Forbidden, NotFound, Invalid with fields.
func (t *Tenant) PutHandoverTarget(ctx context.Context, actor models.Actor, m models.HandoverTarget, secret string) (models.ID, string, error) {
	m.Name, m.URL, m.Jurisdiction, m.ServiceCode = cleanLine(models.Key(m.Name)), strings.TrimSpace(m.URL), cleanLine(m.Jurisdiction), cleanLine(m.ServiceCode)
	m.Mapping, secret = strings.TrimSpace(m.Mapping), strings.TrimSpace(secret)
	made := ""
	if m.Kind == models.HandoverWebhook && m.ID == 0 && secret == "" {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails since Go 1.24
		secret = models.NewWebhookSecret(key)
		made = secret
	}
	if err := checkTarget(&m, secret); err != nil {
		return 0, "", err
	}
	err := nameTaken(t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.mayTarget(m.Officials); err != nil {
			return err
		}
		if m.ID != 0 {
			return tx.changeTarget(m, secret)
		}
		var n int64
		if err := tx.Model(&models.HandoverTarget{}).Where("off = ?", false).Count(&n).Error; err != nil {
			return err
		}
		if n >= mostTargets {
			var f problem.Form
			f.Add("name", "handover.targets.most", problem.Args{"n": mostTargets})
			return f.Err()
		}
		row := m
		row.ID, row.CreatedAt = tx.NewID(), tx.Now
		row.SecretSeal = tx.store.opt.Keys.Seal(sealHandoverSecret, row.ID, secret)
		tx.auditTarget("handover.target", &row)
		m.ID = row.ID
		return tx.Create(&row).Error
	}))
	return m.ID, made, err
}

// auditTarget notes a change; the street's own stand aside of what the
// committee reads.
func (tx *Tx) auditTarget(action string, m *models.HandoverTarget) {
	if m.Officials {
		tx.AuditAside(action, m.ID)
		return
	}
	tx.Audit(action, m.ID, map[string]string{"kind": string(m.Kind)})
}

func (tx *Tx) mayTarget(officials bool) error {
	if officials {
		return tx.May("settings", "handover_officials")
	}
	return tx.May("settings", "change")
}

// target is one in use that the actor may change.
func (tx *Tx) target(id models.ID) (models.HandoverTarget, error) {
	var was models.HandoverTarget
	if err := tx.Where("id = ? AND off = ?", id, false).Take(&was).Error; err != nil {
		return was, notFound(err)
	}
	return was, tx.mayTarget(was.Officials)
}

func (tx *Tx) changeTarget(m models.HandoverTarget, secret string) error {
	was, err := tx.target(m.ID)
	if err != nil {
		return err
	}
	if was.Kind != m.Kind || was.Officials != m.Officials {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	columns := []string{"name", "url", "jurisdiction", "service_code", "mapping", "with_names"}
	if m.URL != was.URL && secret == "" && m.Kind != models.HandoverFile { // a secret is not sent to an address it was not given for
		var f problem.Form
		f.Add("secret", "handover.secret.again", nil)
		return f.Err()
	}
	if secret != "" {
		m.SecretSeal = tx.store.opt.Keys.Seal(sealHandoverSecret, m.ID, secret)
		columns = append(columns, "secret_seal")
	}
	tx.auditTarget("handover.target", &was)
	return tx.Model(&models.HandoverTarget{}).Where("id = ? AND off = ?", m.ID, false).Select(columns).Updates(&m).Error
}

func checkTarget(m *models.HandoverTarget, secret string) error {
	var f problem.Form
	if n := len([]rune(m.Name)); n == 0 || n > 60 {
		f.Add("name", "form.needed", nil)
	}
	for field, text := range map[string]string{"jurisdiction": m.Jurisdiction, "service": m.ServiceCode} {
		if len([]rune(text)) > 60 {
			f.Add(field, "form.toolong", problem.Args{"n": len([]rune(text)) - 60, "limit": 60})
		}
	}
	if n := len([]rune(m.Mapping)); n > maxTargetMapping {
		f.Add("mapping", "form.toolong", problem.Args{"n": n - maxTargetMapping, "limit": maxTargetMapping})
	}
	switch m.Kind {
	case models.HandoverFile:
		m.URL = ""
	case models.HandoverWebhook, models.HandoverOpen311:
		if !outerAddress(m.URL) {
			f.Add("url", "handover.url.wrong", nil)
		}
		if m.Kind == models.HandoverWebhook && secret != "" && models.WebhookKey(secret) == nil {
			f.Add("secret", "handover.secret.wrong", nil)
		}
		if m.Kind == models.HandoverOpen311 && (len(secret) > 200 || m.ID == 0 && secret == "") {
			f.Add("secret", "form.needed", nil)
		}
	default:
		f.Add("kind", "form.choose", nil)
	}
	return f.Err()
}

// outerAddress is https and a host, no more; plain http only within the same
// machine. Whether a host may be spoken to at all is asked when its address is
// known (package outbound): a name can point anywhere.
func outerAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.RawQuery != "" || len(s) > maxTargetURL {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// EndHandoverTarget takes a target out of use. What waits for it is not sent.
func (t *Tenant) EndHandoverTarget(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, err := tx.target(id)
		if err != nil {
			return err
		}
		tx.auditTarget("handover.target.end", &was)
		// Its name is free again; what was handed over keeps telling where to.
		name := cut(was.Name, 70) + " " + was.ID.String()
		return firstError(
			Changed(tx.Model(&models.HandoverTarget{}).Where("id = ? AND off = ?", id, false).Updates(map[string]any{"off": true, "name": name, "secret_seal": nil})),
			tx.Model(&models.ComplaintHandover{}).Where("target_id = ? AND state = ?", id, models.HandoverWaiting).
				Updates(map[string]any{"state": models.HandoverFailed, "error": "off", "updated_at": tx.Now}).Error)
	})
}

// AskHandoverCheck asks for a try of the connection; a job carries it out.
func (t *Tenant) AskHandoverCheck(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, err := tx.target(id)
		if err != nil {
			return err
		}
		if was.Kind == models.HandoverFile {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		if err := tx.Limit("handover.check."+tx.chain.String(), 30, checkWindow); err != nil {
			return err
		}
		return Changed(tx.Model(&models.HandoverTarget{}).Where("id = ?", id).Updates(map[string]any{"check_at": tx.Now, "checked_at": nil, "check_error": ""}))
	})
}

// HandoverServices reads what the other side offered when it was asked last.
func HandoverServices(m *models.HandoverTarget) []models.HandoverService {
	var list []models.HandoverService
	if json.Unmarshal([]byte(m.Services), &list) != nil {
		return nil
	}
	return list
}

// ServiceOf is the service of the other side that a category goes to: by the
// mapping, else the one of the same code or name, else the target's general one.
func ServiceOf(m *models.HandoverTarget, category, name string) string {
	for line := range strings.Lines(m.Mapping) {
		if code, service, ok := strings.Cut(line, "="); ok && strings.TrimSpace(code) == category {
			return strings.TrimSpace(service)
		}
	}
	for _, s := range HandoverServices(m) {
		if s.Code == category || s.Name == name && name != "" {
			return s.Code
		}
	}
	return m.ServiceCode
}
