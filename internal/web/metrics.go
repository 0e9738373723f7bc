package web

import (
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"
)

// metrics count requests by route pattern, never by address.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	pages    *prometheus.CounterVec
	bytes    prometheus.Gauge

	series sync.Map // seriesKey → series: finding the labels costs more than counting
}

type seriesKey struct {
	method, route string
	status        int
}

type series struct {
	count   prometheus.Counter
	seconds prometheus.Observer
}

func newMetrics(reg *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "juwu_http_requests_total", Help: "Requests by method, route pattern and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "juwu_http_request_seconds", Help: "Time to answer by route pattern.",
			Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
		pages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "juwu_page_cache_total", Help: "Public pages served from memory (hit) and rendered (miss).",
		}, []string{"result"}),
		bytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "juwu_page_cache_bytes", Help: "Memory held by rendered pages.",
		}),
	}
	reg.MustRegister(m.requests, m.seconds, m.pages, m.bytes)
	return m
}

// of finds the series of an answer.
func (m *metrics) of(method, route string, status int) series {
	key := seriesKey{method, route, status}
	v, ok := m.series.Load(key)
	if !ok {
		v, _ = m.series.LoadOrStore(key, series{
			m.requests.WithLabelValues(method, route, strconv.Itoa(status)), m.seconds.WithLabelValues(route),
		})
	}
	return v.(series)
}

func (s series) observe(took time.Duration) {
	s.count.Inc()
	s.seconds.Observe(took.Seconds())
}

// Metrics is the app of the second listener, which must not be reachable from
// outside: /metrics for Prometheus.
func Metrics(reg *prometheus.Registry) *fiber.App {
	app := fiber.New(fiber.Config{
		DisableStartupMessage: true, Immutable: true, CaseSensitive: true, StrictRouting: true,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, GETOnly: true,
	})
	h := fasthttpadaptor.NewFastHTTPHandler(promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	app.Get("/metrics", func(c *fiber.Ctx) error {
		h(c.Context())
		return nil
	})
	return app
}
