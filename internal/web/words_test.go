package web

import (
	"crypto/sha256"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestTrackerWordsComeBack(t *testing.T) {
	for i := range 500 {
		d := sha256.Sum256([]byte(strconv.Itoa(i)))
		for lang, spaced := range map[string]string{"zh-CN": "", "en": " "} {
			words := TrackerWords(lang, d)
			for _, text := range []string{strings.Join(words, spaced), "  " + strings.ToUpper(strings.Join(words, " , ")) + "\n"} {
				from, to, ok := ReadTrackerWords(text)
				if !ok || string(from[:]) > string(d[:]) || string(to[:]) < string(d[:]) || string(from[:8]) != string(to[:8]) {
					t.Fatalf("%q: %x %x %v, want %x", text, from, to, ok, d)
				}
			}
		}
	}
	for _, text := range []string{"", "abandon", "abandon abandon abandon abandon abandon", strings.Repeat("abandon ", 7), "一二三四五", "的一是在不了有", "not words of the list at all"} {
		if _, _, ok := ReadTrackerWords(text); ok {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestTrackerWordsOfTheBrowser: the voter's page and the board say the same.
func TestTrackerWordsOfTheBrowser(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node")
	}
	d := sha256.Sum256([]byte("juwu"))
	for lang, file := range map[string]string{"en": "english", "zh-CN": "simplified-chinese"} {
		out, err := exec.Command(node, "--input-type=module", "-e", "import {wordlist} from '"+bip39(t, file)+"'; console.log(wordlist.join(' '))").Output()
		if err != nil {
			t.Skip("no node_modules: run npm ci")
		}
		if got := strings.TrimSpace(string(out)); got != strings.Join(wordList(lang), " ") {
			t.Errorf("the lists of %s differ: %.60s", lang, got)
		}
		if len(TrackerWords(lang, d)) != trackerWords {
			t.Error(lang)
		}
	}
}

func bip39(t *testing.T, file string) string {
	t.Helper()
	return "../../node_modules/@scure/bip39/wordlists/" + file + ".js"
}

// FuzzReadTrackerWords: whatever is typed, what is found is a range of digests
// whose words are those that were read.
func FuzzReadTrackerWords(f *testing.F) {
	d := sha256.Sum256([]byte("0"))
	f.Add(strings.Join(TrackerWords("zh", d), ""))
	f.Add(strings.Join(TrackerWords("en", d), " "))
	f.Add("zoo zoo zoo zoo zoo zoo")
	f.Add("ａｂａｎｄｏｎ abandon, abandon; abandon. abandon abandon")
	f.Fuzz(func(t *testing.T, text string) {
		from, to, ok := ReadTrackerWords(text)
		if !ok {
			return
		}
		for _, lang := range []string{"zh", "en"} {
			again, end, ok := ReadTrackerWords(strings.Join(TrackerWords(lang, from), " "))
			if !ok || again != from || end != to {
				t.Errorf("%q: %x to %x, by its %s words %x to %x", text, from, to, lang, again, end)
			}
		}
	})
}
