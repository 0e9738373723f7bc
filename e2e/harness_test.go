package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// A small site stands in for what the verbs are tried on; the stories proper
// use the program.
const form = `<!doctype html><html lang="zh-CN"><head><title>试页</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><main><h1>意见箱</h1>
<form method="post" enctype="multipart/form-data">
<p><label for="n">姓名</label><input id="n" name="name" value="旧的"></p>
<p><label for="d">日期</label><input id="d" name="day" type="date"></p>
<p><label for="k">类别</label><select id="k" name="kind"><option value="a">停水</option><option value="b">停电</option></select></p>
<p><label><input type="checkbox" name="ok" value="1"> 我已看过</label></p>
<p><label for="f">照片</label><input id="f" name="file" type="file"></p>
<p><button>提交意见</button></p></form><a href="/other">别的页</a></main></body></html>`

func site(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /form", html(form))
	mux.HandleFunc("GET /other", html(`<!doctype html><html lang="zh"><title>别的</title><link rel="icon" href="data:,"><h1>别的页面到了</h1>`))
	mux.HandleFunc("GET /bad", html(`<!doctype html><title>x</title><link rel="icon" href="data:,"><img src="data:," width="9"><p style="color:#aaa">淡得看不清楚的一行字</p>`))
	mux.HandleFunc("GET /script", html(`<!doctype html><html lang="zh"><title>s</title><link rel="icon" href="data:,"><p id=p>原来的字</p><script>document.getElementById('p').textContent='脚本写的字'</script>`))
	mux.HandleFunc("GET /covered", html(`<!doctype html><html lang="zh"><title>c</title><link rel="icon" href="data:,"><button>够不着</button><div style="position:fixed;inset:0">盖住</div>`))
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		_, header, err := r.FormFile("file")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		html(`<!doctype html><html lang="zh"><title>收到</title><link rel="icon" href="data:,"><h1>收到</h1><p>`+
			strings.Join([]string{r.FormValue("name"), r.FormValue("day"), r.FormValue("kind"), r.FormValue("ok"), header.Filename}, "|"))(w, r)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func html(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}
}

func TestVerbsOnAForm(t *testing.T) {
	for name, opts := range map[string][]Option{"phone": nil, "desktop": {Desktop()}, "without script": {WithoutScript()}} {
		t.Run(name, func(t *testing.T) {
			s := site(t)
			photo := filepath.Join(t.TempDir(), "photo.jpg")
			if err := os.WriteFile(photo, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			p := OpenURL(t, s.URL, opts...)
			p.Visit("/form")
			p.See("意见箱")
			p.Fill("姓名", "王五")
			p.Fill("日期", "2026-07-03")
			p.Select("类别", "停电")
			p.Choose("我已看过")
			p.Attach("照片", photo)
			p.Screenshot("verbs " + name)
			p.Follow("提交意见")
			p.See("王五|2026-07-03|b|1|photo.jpg")
			p.NotSee("旧的")
			if got := p.Status(); got != http.StatusOK {
				t.Errorf("status %d", got)
			}
			if p.Wire() == 0 {
				t.Error("nothing came over the wire")
			}
		})
	}
}

func TestFollowWaitsForTheNextPage(t *testing.T) {
	p := OpenURL(t, site(t).URL)
	p.Visit("/form")
	p.Follow("别的页")
	p.See("别的页面到了")
	if got := p.Address(); got != "/other" {
		t.Errorf("at %s", got)
	}
}

func TestKeyboardReachesTheForm(t *testing.T) {
	p := OpenURL(t, site(t).URL, Desktop())
	p.Visit("/form")
	p.Press(kb.Tab)
	p.Press("x")
	if got := p.Value("姓名"); got != "x" {
		t.Errorf("typed %q", got)
	}
}

func TestAxeFindsWhatIsWrong(t *testing.T) {
	p := OpenURL(t, site(t).URL)
	p.Visit("/bad")
	var ids []string
	for _, v := range p.violations() {
		ids = append(ids, v.ID)
	}
	for _, id := range []string{"html-has-lang", "image-alt", "color-contrast"} {
		if !slices.Contains(ids, id) {
			t.Errorf("axe did not find %s, only %v", id, ids)
		}
	}
	p.Visit("/form")
	p.Axe()
	p.FitsWidth()
}

func TestWithoutScriptRunsNone(t *testing.T) {
	s := site(t)
	p := OpenURL(t, s.URL, WithoutScript())
	p.Visit("/script")
	p.See("原来的字")
	q := OpenURL(t, s.URL)
	q.Visit("/script")
	q.See("脚本写的字")
}

func TestOfflineCutsThePage(t *testing.T) {
	p := OpenURL(t, site(t).URL)
	p.Lenient()
	p.Visit("/form")
	p.Offline(true)
	var online bool
	p.eval("navigator.onLine", &online)
	if online {
		t.Error("the page believes it is online")
	}
	p.Offline(false)
	p.Visit("/other")
	p.See("别的页面到了")
}

// recorder is a testing.TB that keeps a Fatal to itself.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Fatalf(string, ...any) { r.failed = true; panic(r) }

func TestTapRefusesWhatLiesUnderSomething(t *testing.T) {
	p := OpenURL(t, site(t).URL)
	p.Visit("/covered")
	rec := &recorder{TB: t}
	p.t = rec
	func() {
		defer func() { _ = recover() }()
		p.Tap("够不着")
	}()
	p.t = t
	if !rec.failed {
		t.Error("a covered button was tapped")
	}
}
