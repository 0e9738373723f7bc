package jobs

import (
	"context"
	"log/slog"
	"time"

	"juwu/i18n"
	"juwu/internal/outbound"
	"juwu/internal/store"
	"juwu/models"
)

// Handovers speaks to the systems that cases are handed over to: hands over
// what waits, asks how the rest stands, and tries connections that somebody
// wants tried. What comes of it is decided by the store.
type Handovers struct {
	Store  *store.Store
	Words  *i18n.Catalog
	Log    *slog.Logger
	Now    func() time.Time
	Inside outbound.Inside
}

const handoverBatch = 20

// Job comes back every few seconds: an officer waits for the number.
func (h *Handovers) Job() Job {
	return Job{Name: "handovers", Every: 5 * time.Second, Run: func(ctx context.Context) error {
		for {
			n, err := h.Deliver(ctx)
			if err != nil || n < handoverBatch || ctx.Err() != nil {
				return err
			}
		}
	}}
}

// Deliver carries out one batch and tells how many tasks it took up. An error
// is the database's; another system's failure is recorded with the case.
func (h *Handovers) Deliver(ctx context.Context) (int, error) {
	checks, err := h.Store.LeaseHandoverChecks(ctx, handoverBatch)
	if err != nil {
		return 0, err
	}
	for i := range checks {
		if err := h.check(context.WithoutCancel(ctx), &checks[i]); err != nil {
			return 0, err
		}
	}
	tasks, err := h.Store.LeaseHandovers(ctx, handoverBatch, handoverLease)
	for i := range tasks {
		if ctx.Err() != nil {
			return i, nil // the lease ends by itself
		}
		if err := h.do(context.WithoutCancel(ctx), &tasks[i]); err != nil {
			return i, err
		}
	}
	return len(tasks), err
}

// handoverLease outlasts a batch of calls that all time out.
const handoverLease = 5 * time.Minute

func (h *Handovers) do(ctx context.Context, t *store.HandoverTask) error {
	if t.Case.ID == 0 {
		return h.Store.NotHandedOver(ctx, t, "notallowed", false, 0)
	}
	if t.Case.CategoryName == "" {
		t.Case.CategoryName = h.category(t.Case.Category)
	}
	token, outer, err := h.speak(ctx, t)
	if err == nil {
		h.Log.Info("case handed over", "kind", string(t.Target.Kind), "handover", t.ID, "state", string(t.State))
		return h.Store.HandedOver(ctx, t, token, outer)
	}
	f := outbound.FailureOf(err)
	// A question may be asked again whatever came: the case is there.
	again := f.Again() || t.State != models.HandoverWaiting
	h.Log.Warn("case not handed over", "kind", string(t.Target.Kind), "handover", t.ID, "class", string(f.Class), "err", f.Err, "attempt", t.Attempts+1)
	return h.Store.NotHandedOver(ctx, t, string(f.Class), again, f.After)
}

// category is what a category of the default catalogue is called.
func (h *Handovers) category(code string) string {
	if c := h.Words.All()[0]; c.Has(caseCategory.Key(code)) {
		return c.T(caseCategory.Key(code), nil)
	}
	return ""
}

var caseCategory = i18n.Family("case.category.")

// speak says what is due: hands over, or asks.
func (h *Handovers) speak(ctx context.Context, t *store.HandoverTask) (token string, o models.OuterState, err error) {
	if t.Target.Kind == models.HandoverWebhook {
		if t.State != models.HandoverWaiting {
			return "", models.OuterState{}, nil // it speaks when there is something to say
		}
		w, err := outbound.NewWebhook(t.Target.URL, t.Secret, h.Inside, h.Now)
		if err != nil {
			return "", o, refused(err)
		}
		defer w.Close()
		o, err = w.Send(ctx, t.Key(), t.Case)
		return "", o, err
	}
	g, err := outbound.NewGeoReport(t.Target.URL, t.Secret, t.Target.Jurisdiction, h.Inside)
	if err != nil {
		return "", o, refused(err)
	}
	defer g.Close()
	switch t.State {
	case models.HandoverWaiting:
		f, err := g.Create(ctx, t.Key(), store.ServiceOf(&t.Target, t.Case.Category, t.Case.CategoryName), t.Case)
		return f.Token, models.OuterState{Number: f.ID}, err
	case models.HandoverTokened:
		id, err := g.Token(ctx, t.Token)
		return "", models.OuterState{Number: id}, err
	}
	o, err = g.Request(ctx, t.OuterNumber)
	return "", o, err
}

func refused(err error) error { return &outbound.Failure{Class: outbound.Refused, Err: err} }

// check tries a connection.
func (h *Handovers) check(ctx context.Context, t *store.HandoverTask) error {
	services, questions, err := h.try(ctx, t)
	class := ""
	if err != nil {
		class = string(outbound.FailureOf(err).Class)
		h.Log.Warn("connection tried", "kind", string(t.Target.Kind), "target", t.Target.ID, "class", class, "err", outbound.FailureOf(err).Err)
	}
	return h.Store.HandoverChecked(ctx, t, class, services, questions)
}

// try asks what the other side offers, and what it asks about the services that
// cases go to.
func (h *Handovers) try(ctx context.Context, t *store.HandoverTask) ([]models.HandoverService, map[string][]models.HandoverQuestion, error) {
	if t.Target.Kind == models.HandoverWebhook {
		w, err := outbound.NewWebhook(t.Target.URL, t.Secret, h.Inside, h.Now)
		if err != nil {
			return nil, nil, refused(err)
		}
		defer w.Close()
		return nil, nil, w.Ping(ctx, "juwu-ping-"+models.NewID(h.Now()).String())
	}
	g, err := outbound.NewGeoReport(t.Target.URL, t.Secret, t.Target.Jurisdiction, h.Inside)
	if err != nil {
		return nil, nil, refused(err)
	}
	defer g.Close()
	services, err := g.Services(ctx)
	if err != nil {
		return nil, nil, err
	}
	questions := map[string][]models.HandoverQuestion{}
	for _, code := range store.ServicesInUse(&t.Target, services, h.category) {
		if questions[code], err = g.Questions(ctx, code); err != nil && outbound.FailureOf(err).Class != outbound.Refused {
			return services, nil, err // a service without a definition is refused: it asks nothing
		}
	}
	return services, questions, nil
}
