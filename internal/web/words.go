package web

import (
	"math/big"
	"slices"
	"strings"
	"unicode"

	"github.com/tyler-smith/go-bip39/wordlists"
	"golang.org/x/text/unicode/norm"
)

// A ballot's tracker as six words: the first 66 bits of its digest, 11 bits a
// word. The lists are those of BIP-39, made so that no two words are mistaken
// for each other; in Chinese a word is one character. The voter's page makes the
// same words by itself (static/src/vote/words.ts).
const (
	trackerWords = 6
	wordBits     = 11
)

func wordList(lang string) []string {
	if strings.HasPrefix(lang, "zh") {
		return wordlists.ChineseSimplified
	}
	return wordlists.English
}

// TrackerWords are the words of a digest of 32 bytes in a language.
func TrackerWords(lang string, digest [32]byte) []string {
	n := new(big.Int).SetBytes(digest[:])
	n.Rsh(n, 256-trackerWords*wordBits)
	words, mask := make([]string, trackerWords), big.NewInt(1<<wordBits-1)
	for i := trackerWords - 1; i >= 0; i-- {
		words[i] = wordList(lang)[new(big.Int).And(n, mask).Int64()]
		n.Rsh(n, wordBits)
	}
	return words
}

// ReadTrackerWords finds the digests that begin as the words say, in either
// language and however they are spaced; ok is false for anything else.
func ReadTrackerWords(text string) (from, to [32]byte, ok bool) {
	text = strings.ToLower(norm.NFKC.String(text))
	for _, lang := range []string{"zh", "en"} {
		if indexes := readWords(text, wordList(lang), lang == "zh"); indexes != nil {
			n := new(big.Int)
			for _, i := range indexes {
				n.Lsh(n, wordBits).Or(n, big.NewInt(int64(i)))
			}
			rest := uint(256 - trackerWords*wordBits)
			n.Lsh(n, rest).FillBytes(from[:])
			n.Or(n, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), rest), big.NewInt(1))).FillBytes(to[:])
			return from, to, true
		}
	}
	return from, to, false
}

// readWords returns nil unless the text is six words of the list.
func readWords(text string, list []string, single bool) (indexes []int) {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
	if single {
		words = strings.Split(strings.Join(words, ""), "")
	}
	if len(words) != trackerWords {
		return nil
	}
	for _, w := range words {
		i := slices.Index(list, w)
		if i < 0 {
			return nil
		}
		indexes = append(indexes, i)
	}
	return indexes
}
