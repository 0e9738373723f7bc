package portal

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
)

// deviceOf is what the store may know of the browser.
func deviceOf(c *fiber.Ctx) store.Device {
	return store.Device{
		Hash: web.DeviceHash(c), Session: web.SessionHash(c), Name: deviceName(c.Get(fiber.HeaderUserAgent)),
		IP: c.IP(), Lang: web.PageOf(c).Lang,
	}
}

// deviceKinds are looked for in this order: iPads call themselves Macs, and
// every browser calls itself by its rivals' names too.
var (
	deviceKinds  = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"HarmonyOS", "HarmonyOS"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"Linux", "Linux"}}
	browserKinds = [][2]string{{"MicroMessenger", "WeChat"}, {"Edg", "Edge"}, {"QQBrowser", "QQ"}, {"UCBrowser", "UC"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
)

// deviceName is coarse on purpose: enough to recognise one's own telephone in
// a list, too little to follow anybody. Names of products need no translation.
func deviceName(agent string) string {
	find := func(kinds [][2]string) string {
		for _, k := range kinds {
			if strings.Contains(agent, k[0]) {
				return k[1]
			}
		}
		return ""
	}
	return strings.Trim(find(deviceKinds)+" \u00b7 "+find(browserKinds), " \u00b7")
}

// Between the page that asks for a telephone and the page that asks for the
// code, what was typed waits in a sealed cookie: not in the address, where a
// log or a shoulder would read it, and not in the database, where it would
// have to be cleaned up.

type hexHash []byte

func (h hexHash) String() string { return hex.EncodeToString(h) }

func pendingName(c *fiber.Ctx, kind string) (name string, secure bool) {
	secure = strings.HasPrefix(web.PageOf(c).Absolute(""), "https://")
	if secure {
		return "__Host-juwu-" + kind, true
	}
	return "juwu-" + kind, false
}

// keep seals v for this device for as long as a code lives.
func (p *Portal) keep(c *fiber.Ctx, kind string, v any) error {
	return p.keepFor(c, kind, v, store.CodeLife)
}

func (p *Portal) keepFor(c *fiber.Ctx, kind string, v any, life time.Duration) error {
	b, err := json.Marshal(waiting{web.Now(c).Add(life).UnixMilli(), v})
	if err != nil {
		return err
	}
	seal := p.Store.Keys().Seal("pending."+kind, hexHash(web.DeviceHash(c)), string(b))
	p.setPending(c, kind, base64.RawURLEncoding.EncodeToString(seal), web.Now(c).Add(life))
	return nil
}

type waiting struct {
	Until int64 `json:"until"`
	V     any   `json:"v"`
}

// kept opens what keep sealed into v; false when there is nothing, or not any
// more, or when it was made for another device.
func (p *Portal) kept(c *fiber.Ctx, kind string, v any) bool {
	name, _ := pendingName(c, kind)
	seal, err := base64.RawURLEncoding.DecodeString(c.Cookies(name))
	if err != nil || len(seal) == 0 {
		return false
	}
	text, err := p.Store.Keys().Open("pending."+kind, hexHash(web.DeviceHash(c)), seal)
	if err != nil {
		return false
	}
	w := waiting{V: v}
	return json.Unmarshal([]byte(text), &w) == nil && web.Now(c).UnixMilli() < w.Until
}

func (p *Portal) drop(c *fiber.Ctx, kind string) {
	p.setPending(c, kind, "", web.Now(c).Add(-time.Hour))
}

func (p *Portal) setPending(c *fiber.Ctx, kind, value string, until time.Time) {
	name, secure := pendingName(c, kind)
	c.Cookie(&fiber.Cookie{Name: name, Value: value, Path: "/", Expires: until, Secure: secure, HTTPOnly: true,
		SameSite: fiber.CookieSameSiteLaxMode})
}
