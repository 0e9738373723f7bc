package outbound

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/go-resty/resty/v2"
)

// SMS is a gateway for text messages. Operators differ; Juwu speaks one small
// protocol, and a district's gateway (or a few lines in front of an operator)
// answers it:
//
//	POST {base}/messages
//	Authorization: Bearer {key}
//	Idempotency-Key: {id}
//	{"to": "13812345678", "sign": "居务通", "text": "…", "id": "juwu-123"}
//
// 2xx: taken; the same id again must not send twice. 4xx: never. 408, 429 and
// 5xx: later, after Retry-After.
type SMS struct {
	client *resty.Client
	sign   string
}

// NewSMS makes the client of a gateway. sign stands before the text.
func NewSMS(base, key, sign string) (*SMS, error) {
	c, err := client(base)
	if err != nil {
		return nil, fmt.Errorf("SMS gateway: %w", err)
	}
	return &SMS{c.SetAuthToken(key), sign}, nil
}

// Send hands one message to the gateway. id is the same at each try.
func (s *SMS) Send(ctx context.Context, id, to, text string) error {
	r, err := s.client.R().SetContext(ctx).
		SetHeader("Idempotency-Key", id).
		SetBody(map[string]string{"to": to, "sign": s.sign, "text": text, "id": id}).
		Post("/messages")
	return failed(ctx, r, err)
}

// Console prints messages instead of sending them: the development gateway.
// The program offers it only while it serves loopback addresses.
type Console struct {
	mu  sync.Mutex
	out io.Writer
}

// NewConsole prints to out.
func NewConsole(out io.Writer) *Console { return &Console{out: out} }

// Send prints one message on one line.
func (c *Console) Send(_ context.Context, _, to, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := fmt.Fprintf(c.out, "SMS to %s: %s\n", to, text)
	return err
}
