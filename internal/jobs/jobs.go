package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/jonboulle/clockwork"
	"github.com/prometheus/client_golang/prometheus"

	"juwu/internal/store"
)

// Job is work that comes back. Run gets a context that ends when the program
// is told to stop; an error is logged and the job comes back all the same.
type Job struct {
	Name  string
	Every time.Duration
	// Alone: only one process of the installation runs it at a time.
	Alone bool
	Run   func(ctx context.Context) error
}

// Runner runs jobs by the clock.
type Runner struct {
	Store    *store.Store
	Log      *slog.Logger
	Owner    string // names this process; random if empty
	Registry *prometheus.Registry
	Clock    clockwork.Clock // nil: the machine's

	runs *prometheus.CounterVec
}

// Start begins all jobs and returns; the returned function waits until they
// have stopped after ctx has ended. Each job runs at once and then by its time;
// a run that takes longer than its time is not overtaken by the next.
func (r *Runner) Start(ctx context.Context, all ...Job) (wait func() error, err error) {
	if r.Owner == "" {
		r.Owner = (&Outbox{}).name()
	}
	if r.Registry != nil {
		r.runs = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "juwu_job_runs_total", Help: "Runs of jobs by outcome."}, []string{"job", "ok"})
		if err := r.Registry.Register(r.runs); err != nil {
			return nil, err
		}
	}
	options := []gocron.SchedulerOption{gocron.WithStopTimeout(10 * time.Second), gocron.WithLogger(quiet{})}
	if r.Clock != nil {
		options = append(options, gocron.WithClock(r.Clock))
	}
	scheduler, err := gocron.NewScheduler(options...)
	if err != nil {
		return nil, err
	}
	for _, j := range all {
		_, err := scheduler.NewJob(gocron.DurationJob(j.Every), gocron.NewTask(func() { r.once(ctx, j) }),
			gocron.WithName(j.Name), gocron.WithSingletonMode(gocron.LimitModeReschedule),
			gocron.WithStartAt(gocron.WithStartImmediately()))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("job %s: %w", j.Name, err), scheduler.Shutdown())
		}
	}
	scheduler.Start()
	return func() error {
		<-ctx.Done()
		return scheduler.Shutdown()
	}, nil
}

// once runs a job if it is this process's turn; a panic ends the run, not the
// program.
func (r *Runner) once(ctx context.Context, j Job) {
	defer func() {
		if v := recover(); v != nil {
			r.done(j, fmt.Errorf("panic: %v", v))
		}
	}()
	if ctx.Err() != nil {
		return
	}
	if j.Alone {
		mine, err := r.Store.Lease(ctx, "job."+j.Name, r.Owner, max(2*j.Every, time.Minute))
		if err != nil || !mine {
			if err != nil {
				r.done(j, err)
			}
			return
		}
	}
	r.done(j, j.Run(ctx))
}

func (r *Runner) done(j Job, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if r.runs != nil {
		r.runs.WithLabelValues(j.Name, strconv.FormatBool(err == nil)).Inc()
	}
	if err != nil {
		r.Log.Error("job failed", "job", j.Name, "err", err)
	}
}

// quiet drops the scheduler's own log; failures are logged by done.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Error(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}

// Messages is the job that empties the outbox. It comes back every second,
// because somebody waits for a code, and goes on while there is work.
func (o *Outbox) Messages() Job {
	return Job{Name: "outbox", Every: time.Second, Run: func(ctx context.Context) error {
		for {
			n, err := o.Deliver(ctx)
			if err != nil || n < batch || ctx.Err() != nil {
				return err
			}
		}
	}}
}

// Sweep is the job that removes what has expired.
func Sweep(s *store.Store, log *slog.Logger) Job {
	return Job{Name: "sweep", Every: 10 * time.Minute, Alone: true, Run: func(ctx context.Context) error {
		n, err := s.Sweep(ctx)
		if n != (store.Swept{}) {
			log.Info("swept", "sessions", n.Sessions, "codes", n.Codes, "limits", n.Limits, "messages", n.Messages, "imports", n.Imports, "files", n.Files)
		}
		return err
	}}
}

// OutboxGauge shows what waits, was sent and has failed, by channel.
func OutboxGauge(s *store.Store, registry *prometheus.Registry) (Job, error) {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "juwu_outbox_messages", Help: "Messages in the outbox by channel and state."}, []string{"channel", "state"})
	if err := registry.Register(g); err != nil {
		return Job{}, err
	}
	return Job{Name: "outbox_gauge", Every: 30 * time.Second, Run: func(ctx context.Context) error {
		counts, err := s.OutboxCounts(ctx)
		if err != nil {
			return err
		}
		g.Reset()
		for _, c := range counts {
			g.WithLabelValues(c.Channel, string(c.State)).Set(float64(c.N))
		}
		return nil
	}}, nil
}
