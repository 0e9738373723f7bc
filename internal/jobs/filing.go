package jobs

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"juwu/internal/outbound"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/models"
)

// Filings is the Sender of store.ChannelHook: minutes that were filed go to the
// street's own system, signed with its secret.
type Filings struct {
	Store  *store.Store
	Now    func() time.Time
	Inside outbound.Inside
	Site   string // where residents find this Juwu, no slash at the end
}

// Send delivers one copy; a system that is no longer in use gets none.
func (f *Filings) Send(ctx context.Context, id, to, text string) error {
	var m models.MinutesCopy
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return refused(err)
	}
	target, secret, err := f.Store.HookTarget(ctx, to)
	if problem.Is(err, problem.NotFound) {
		return refused(err)
	} else if err != nil {
		return err
	}
	m.Page = strings.TrimSuffix(f.Site, "/") + m.Page
	w, err := outbound.NewWebhook(target.URL, secret, f.Inside, f.Now)
	if err != nil {
		return refused(err)
	}
	defer w.Close()
	return w.File(ctx, id, m)
}
