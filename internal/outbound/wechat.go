package outbound

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"
)

// WeChat sends template messages of an official account (公众号模板消息).
type WeChat struct {
	client             *resty.Client
	appID, secret      string
	template           string // a template with one free field
	now                func() time.Time
	mu                 sync.Mutex
	token              string
	until              time.Time
	field, siteAddress string
}

// WeChatOptions are the settings of an official account.
type WeChatOptions struct {
	BaseURL  string // https://api.weixin.qq.com
	AppID    string
	Secret   string
	Template string // template id; its one variable is Field
	Field    string // "thing1" if empty
	Site     string // address that a tap on the message opens
	Now      func() time.Time
}

// thingLimit is how many characters a "thing" field of a template holds.
const thingLimit = 20

// NewWeChat makes the client of an official account.
func NewWeChat(o WeChatOptions) (*WeChat, error) {
	c, err := client(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("WeChat official account: %w", err)
	}
	if o.Field == "" {
		o.Field = "thing1"
	}
	return &WeChat{client: c, appID: o.AppID, secret: o.Secret, template: o.Template, now: o.Now, field: o.Field, siteAddress: o.Site}, nil
}

// answer is what the interface says besides the status, which is always 200.
type answer struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
	Token   string `json:"access_token"`
	Seconds int    `json:"expires_in"`
	OpenID  string `json:"openid"`
}

// Codes of the interface that mean something else than "never".
const (
	codeBusy         = -1
	codeBadToken     = 40001
	codeOldToken     = 42001
	codeInvalidToken = 40014
	codeTooMany      = 45009
	codeTooFast      = 45011
)

// Send hands one message to the account's follower with the open id. The
// interface drops a client_msg_id that it has seen within ten minutes.
func (w *WeChat) Send(ctx context.Context, id, openID, text string) error {
	err := w.send(ctx, id, openID, text)
	if f, ok := err.(*Failure); ok && f.Class == staleToken {
		w.forget()
		err = w.send(ctx, id, openID, text)
		if f, ok := err.(*Failure); ok && f.Class == staleToken {
			return &Failure{Class: Broken, Err: f.Err}
		}
	}
	return err
}

// OpenID exchanges the code that WeChat gave the person's browser for the name
// under which the official account knows them. A code works once, for five
// minutes.
func (w *WeChat) OpenID(ctx context.Context, code string) (string, error) {
	var a answer
	r, err := w.client.R().SetContext(ctx).SetResult(&a).ForceContentType("application/json").
		SetQueryParams(map[string]string{"appid": w.appID, "secret": w.secret, "code": code, "grant_type": "authorization_code"}).
		Get("/sns/oauth2/access_token")
	if err := failed(ctx, r, err); err != nil {
		return "", err
	}
	if err := a.failure(); err != nil {
		return "", err
	}
	if a.OpenID == "" {
		return "", &Failure{Class: Refused, Err: fmt.Errorf("no open id in the answer")}
	}
	return a.OpenID, nil
}

// staleToken never leaves this file.
const staleToken Class = "stale token"

func (w *WeChat) send(ctx context.Context, id, openID, text string) error {
	token, err := w.access(ctx)
	if err != nil {
		return err
	}
	var a answer
	r, err := w.client.R().SetContext(ctx).SetQueryParam("access_token", token).SetResult(&a).ForceContentType("application/json").
		SetBody(map[string]any{
			"touser": openID, "template_id": w.template, "url": w.siteAddress, "client_msg_id": id,
			"data": map[string]any{w.field: map[string]string{"value": firstRunes(text, thingLimit)}},
		}).Post("/cgi-bin/message/template/send")
	if err := failed(ctx, r, err); err != nil {
		return err
	}
	return a.failure()
}

// access is a token that is good for a while yet.
func (w *WeChat) access(ctx context.Context) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.token != "" && w.now().Before(w.until) {
		return w.token, nil
	}
	var a answer
	r, err := w.client.R().SetContext(ctx).SetResult(&a).ForceContentType("application/json").
		SetBody(map[string]string{"grant_type": "client_credential", "appid": w.appID, "secret": w.secret}).
		Post("/cgi-bin/stable_token")
	if err := failed(ctx, r, err); err != nil {
		return "", err
	}
	if err := a.failure(); err != nil {
		return "", &Failure{Class: Broken, Err: FailureOf(err).Err} // our settings are wrong, not the message
	}
	if a.Token == "" {
		return "", &Failure{Class: Broken, Err: fmt.Errorf("no token in the answer")}
	}
	w.token, w.until = a.Token, w.now().Add(time.Duration(a.Seconds)*time.Second-5*time.Minute)
	return w.token, nil
}

func (w *WeChat) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.token = ""
}

// failure reads the code; the message of the interface may name the follower
// and is left out.
func (a answer) failure() error {
	cause := fmt.Errorf("errcode %d", a.Code)
	switch a.Code {
	case 0:
		return nil
	case codeBadToken, codeOldToken, codeInvalidToken:
		return &Failure{Class: staleToken, Err: cause}
	case codeBusy, codeTooMany, codeTooFast:
		return &Failure{Class: Busy, Err: cause}
	}
	return &Failure{Class: Refused, Err: cause}
}

func firstRunes(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "\u2026"
}
