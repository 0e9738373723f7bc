package policy

import (
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// byStrokes compares names by the strokes of their characters (按姓氏笔画为序), as
// the Unicode collation of Chinese has them. Comparing keeps a buffer: one at a
// time.
var (
	strokeOrder = sync.OnceValue(func() *collate.Collator { return collate.New(language.MustParse("zh-u-co-stroke")) })
	strokeLock  sync.Mutex
)

// CompareStrokes orders two names by strokes.
func CompareStrokes(a, b string) int {
	strokeLock.Lock()
	defer strokeLock.Unlock()
	return strokeOrder().CompareString(a, b)
}
