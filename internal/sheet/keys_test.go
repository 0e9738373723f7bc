package sheet

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every key that can be emitted has words in both languages, with the same
// placeholders, and no words are left over.
func TestEveryKeyHasWords(t *testing.T) {
	keys := emitted(t)
	catalogue := map[string]map[string]string{}
	for _, lang := range []string{"zh-CN", "en"} {
		b, err := os.ReadFile("../../i18n/" + lang + "/sheet.json")
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		catalogue[lang] = words
		for k := range keys {
			if words[k] == "" {
				t.Errorf("%s: no words for %s", lang, k)
			}
		}
		for k := range words {
			if !keys[k] {
				t.Errorf("%s: nothing emits %s", lang, k)
			}
		}
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	for k, zh := range catalogue["zh-CN"] {
		set := func(s string) map[string]bool {
			m := map[string]bool{}
			for _, p := range placeholder.FindAllString(s, -1) {
				m[p] = true
			}
			return m
		}
		if d := cmp.Diff(set(zh), set(catalogue["en"][k])); d != "" {
			t.Errorf("%s: %s", k, d)
		}
	}
}

// emitted collects the string literals of keys.go.
func emitted(t *testing.T) map[string]bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "keys.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(s, "sheet.") {
				keys[s] = true
			}
		}
		return true
	})
	return keys
}

func TestPlaceholdersAreFilled(t *testing.T) {
	b, err := os.ReadFile("../../i18n/en/sheet.json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{(\w+)\}`)
	csvs := []string{
		head + ",,上月结转,,,,,1000.00,,\n7月1日,1,慰问张建国,,,5,100,900,,13912345678\n8月1日,1,,,,1O0,100,900,,\n,1,电费,,,,0,,,\n7月40日,1,电费,,,,1.005,,,\n,,合计,,,,1,2,,\n",
		head + "7月1日,1,电费,,,,,,,\n7月1日,1,电费,,,,5,,,\n", "2026年7月\n日期,摘要,金额,谜\n7.1,电费,5,\n",
		"2026年\n月,日,摘要,收入,支出,结余\n,,上年结转,,,5\n7,1,利息,5,,10\n9,1,利息,5,,16\n",
	}
	for _, c := range csvs {
		for _, f := range read(t, "x.csv", []byte(c), LedgerOptions{}).Findings {
			for _, p := range placeholder.FindAllStringSubmatch(words[f.Key], -1) {
				if _, ok := f.Args[p[1]]; !ok {
					t.Errorf("%s: {%s} is not filled by %v", f.Key, p[1], f.Args)
				}
			}
		}
	}
}
