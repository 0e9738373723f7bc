package main

import (
	"context"
	"log/slog"
	"sync"

	"juwu/internal/store"
)

// startJobs starts the clock-driven work; it ends with ctx, and work knows when.
func (p *program) startJobs(ctx context.Context, cfg *Config, s *store.Store, log *slog.Logger, work *sync.WaitGroup) error {
	return nil
}
