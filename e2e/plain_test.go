package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A browser that runs no script asks about a line all the same.
func TestAskingNeedsNoScript(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s, WithoutScript())
	p.Visit("/hemuli/accounts")
	p.Follow(p.T("account.of", "period", "2026年9月"))
	p.Follow(p.T("account.lines.all", "n", 48))
	p.Follow("电费")
	p.Follow(p.T("account.line.ask"))
	p.Fill(p.T("inquiry.question"), question)
	p.Follow(p.T("inquiry.ask.next"))
	p.Fill(p.T("inquiry.phone"), stranger)
	code := s.Code(t, stranger, func() { p.Follow(p.T("inquiry.confirm.send")) })
	p.Fill(p.T("login.code.label"), code)
	p.Follow(p.T("inquiry.ask.send"))
	p.See(p.T("inquiry.sent.title"), question)
}

// reach presses Tab until the focus is on what has these words.
func (p *Page) reach(words string) {
	p.t.Helper()
	for range 80 {
		p.Press(kb.Tab)
		var at string
		p.eval(`(() => {
			const el = document.activeElement;
			const name = el.labels?.length ? [...el.labels].map(l => l.innerText).join(' ') : (el.getAttribute('aria-label') || el.innerText || '');
			return name.replace(/\s+/g, ' ').trim();
		})()`, &at)
		if at == words {
			var seen bool
			p.eval(`(() => {
				const el = document.activeElement, r = el.getBoundingClientRect();
				const s = getComputedStyle(el);
				return r.bottom > 0 && r.top < innerHeight && (s.outlineStyle !== 'none' || s.boxShadow !== 'none' || el.closest(':focus-within') !== null);
			})()`, &seen)
			if !seen {
				p.t.Errorf("%s: the focus on %q cannot be seen", p.Address(), words)
			}
			return
		}
	}
	p.t.Fatalf("%s: Tab does not reach %q", p.Address(), words)
}

// enterKey presses Enter and waits for the next page.
func (p *Page) enterKey() {
	p.t.Helper()
	p.eval("window.juwuLeaving = true", nil)
	p.Press(kb.Enter)
	p.await("another page after Enter", "window.juwuLeaving !== true && document.readyState === 'complete'")
	p.settle()
}

func (p *Page) typed(text string) {
	p.t.Helper()
	for _, r := range text {
		p.Press(string(r))
	}
}

// Login and signing by keyboard alone.
func TestKeyboardAloneLogsInAndSigns(t *testing.T) {
	const phone = "13800138005"
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s, Desktop())
	p.Visit("/login")
	p.reach(p.T("login.phone.label"))
	p.typed(phone)
	p.reach(p.T("login.agree.text"))
	p.Press(" ")
	p.reach(p.T("login.send"))
	code := s.Code(t, phone, p.enterKey)
	p.reach(p.T("login.code.label"))
	p.typed(code)
	p.enterKey()
	p.See(p.T("me.logout"))

	clerk := Open(t, s, Desktop())
	clerk.EnterAs(Clerk)
	clerk.Visit("/admin/hemuli/accounts")
	clerk.reach("2026年10月")
	clerk.enterKey()
	clerk.reach(clerk.T("ledger.act.sign"))
	clerk.enterKey()
	clerk.reach(clerk.T("ledger.sign.words.clerk"))
	clerk.Press(" ")
	clerk.reach(clerk.T("ledger.act.sign"))
	clerk.enterKey()
	clerk.See(clerk.T("ledger.state.signing"), Clerk)
}

// Out of reach of the network one still reads the account that one read last,
// with its date; nothing private was kept.
func TestLastReadAccountIsThereWithoutNetwork(t *testing.T) {
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s)
	p.Lenient()
	p.Visit("/hemuli")
	p.await("the service worker", `window.juwuReady || (navigator.serviceWorker.ready.then(() => { window.juwuReady = true }), false)`)
	p.await("it controls the page", `navigator.serviceWorker.controller !== null`)
	p.Visit("/hemuli/accounts/2026-09")
	p.EnterAs(Resident)
	p.Visit("/me")
	p.See(p.T("me.logout"))
	p.await("the account is kept", `window.juwuKept || (caches.match('/hemuli/accounts/2026-09').then(r => { window.juwuKept = !!r }), false)`)
	s.Stop()
	p.Visit("/hemuli/accounts/2026-09")
	p.See("303,285.25", "现在没有网络")
	p.Screenshot("offline account")
	if err := p.try(chromedp.Navigate(p.base + "/me")); err == nil {
		t.Error("a private page came without the network")
	}
}

// The row of an officer's tabs is longer than a phone is wide: the tab one
// stands on is brought into sight.
func TestTabOneStandsOnIsInSight(t *testing.T) {
	browser(t)
	p := Open(t, Demo(t))
	p.EnterAs(Director)
	p.Visit("/admin/hemuli/settings")
	p.await("the tab in sight", `(() => {
		const r = document.querySelector('.sections [aria-current]').getBoundingClientRect();
		return r.left >= 0 && r.right <= innerWidth;
	})()`)
}
