package sheet

import "testing"

// A warning that comes too often is not read: everyday purposes must be quiet.
func TestNamesBesideAid(t *testing.T) {
	for in, want := range map[string]string{
		"慰问困难党员张建国":    "张建国",
		"王秀英大病救助":      "王秀英",
		"发放低保金（李梅）":    "李梅",
		"走访慰问欧阳明华同志":   "欧阳明华",
		"重阳节慰问80岁以上老人": "",
		"困难家庭临时救助":     "",
		"高温慰问环卫工人":     "",
		"金秋助学补助":       "",
		"春节慰问大米和食用油":   "",
		"慰问品采购":        "",
		"独居老人慰问金":      "",
		"残疾人生活补助":      "",
		"志愿者交通补助":      "",
		"居民学校书法班教师补贴":  "",
		"垃圾分类督导员补贴":    "",
		"慰问王某某":        "",
		"白内障患者救助":      "",
		"走访慰问退役军人":     "",
		"电费":           "",
		"张建国报销电费":      "",
	} {
		got := aidName(fold(in))
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
