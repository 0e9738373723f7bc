package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// sealLimit is how long a voter may wait after the last tap, in milliseconds,
// on a phone six times slower than this machine.
const sealLimit = 1500

// BenchmarkTapToSealedBallot is the wait from the last tap to the encrypted
// ballot. Chromium slows only the page, not the worker that encrypts: what a
// slow phone needs is therefore also six times the wait without slowing.
func BenchmarkTapToSealedBallot(b *testing.B) {
	p := Open(b, Demo(b))
	confirmedResident(p)
	at := pollPath(p)
	slip := spareSlips(p)[0]
	for _, slower := range []float64{1, 6} {
		b.Run(fmt.Sprintf("slowed-%g", slower), func(b *testing.B) {
			p.run(emulation.SetCPUThrottlingRate(slower))
			var waits []float64
			for b.Loop() {
				p.Visit(at + "/ballot")
				waits = append(waits, p.sealing(slip))
			}
			p.run(emulation.SetCPUThrottlingRate(1))
			slices.Sort(waits)
			median := waits[len(waits)/2]
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median, "ms")
			b.ReportMetric(waits[len(waits)-1], "slowest-ms")
			if phone := max(median, 6/slower*median); phone > sealLimit {
				b.Errorf("%.0f ms on a phone six times slower, %d at most", phone, sealLimit)
			}
		})
	}
}

// sealing fills the booth in and tells how many milliseconds pass between the
// last tap and the sealed ballot.
func (p *Page) sealing(slip string) (ms float64) {
	p.t.Helper()
	p.Follow(p.T("ballot.go"))
	p.screen("start")
	p.Tap(p.T("ballot.booth.begin"))
	p.Fill(p.T("ballot.slip.label"), slip)
	p.Tap(p.T("ballot.booth.next"))
	p.screen("q0")
	p.Choose("换")
	p.Tap(p.T("ballot.booth.next"))
	p.screen("q1")
	p.Choose("北门道闸")
	p.Choose("3幢花坛")
	p.Tap(p.T("ballot.booth.next"))
	p.screen("check")
	p.eval(`(() => {
		const sealed = document.querySelector('[data-screen="sealed"]');
		addEventListener("click", e => { window.juwuTap = e.timeStamp }, {capture: true, once: true});
		new MutationObserver(() => { window.juwuSealed ??= performance.now() }).observe(sealed, {attributeFilter: ["hidden"]});
		return true;
	})()`, new(bool))
	p.Tap(p.T("ballot.booth.seal"))
	p.screen("sealed")
	p.eval(`window.juwuSealed - window.juwuTap`, &ms)
	return ms
}
