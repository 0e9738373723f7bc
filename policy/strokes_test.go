package policy

import (
	"slices"
	"testing"
)

func TestStrokes(t *testing.T) {
	names := []string{"黄河", "丁一", "王芳", "陈东", "马强", "李白", "乙二"}
	slices.SortFunc(names, CompareStrokes)
	want := []string{"乙二", "丁一", "马强", "王芳", "李白", "陈东", "黄河"}
	if !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}
