package sheet

import (
	"regexp"
	"strings"

	"juwu/internal/problem"
)

// Personal data in a purpose would be published for fifteen days at least
// (and be copied from then on), so the clerk is warned before, with the cell.
var (
	idPattern    = regexp.MustCompile(`\d{17}[\dXx]`)
	phonePattern = regexp.MustCompile(`1[3-9]\d{9}`)
	// Words after or before which a person's name is likely and harmful: that
	// somebody is ill, poor or bereaved is sensitive (个人信息保护法 art. 28).
	aidWords = regexp.MustCompile(`慰问|救助|补助|帮扶|抚恤|低保|残疾|大病|困难|救济|资助|抚慰|丧葬|临困|特困|重病|住院|助学`)
	aidNoise = regexp.MustCompile(`重阳节|春节|中秋节?|端午节?|元旦|国庆节?|儿童节|教师节|建军节|七一|八一|六一|慰问金?|救助金?|补助[金款费]?|帮扶|抚恤金?|低保[户金]?|残疾人?|大病|困难|救济[金款]?|资助|抚慰金?|丧葬费?|临困|特困|重病|住院|助学金?|临时|家庭|居民|群众|党员|职工|老党员|老干部|老人|退役军人|军属|烈属|儿童|学生|同志|女士|先生|人员|生活|物资|费用|发放|支付|购买|领取|社区|街道|走访|看望|活动|一次性|医疗|年度|上半年|下半年|对象|独居|高龄|孤寡|失独|高温|金秋|[春夏秋冬]季|毛巾|毛毯|方便面|白内障|白血病|康复|石油|任务|温暖|洪涝|洪灾|汤圆|钱款|严重|张贴|项目|经费|专项|护理|江南|江北|黄金|以上|岁|户|月份?|[第等名人元份及和与的给对为]`)
	han      = regexp.MustCompile(`\p{Han}+`)
)

// surnames: the hundred commonest and some more; a fragment of two or three
// characters that begins with one of these reads as a name.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施洪季乔庞柳葛祁俞殷鲍柯甘骆翁裘凌霍阮倪纪梅童颜戚岑窦章伍卞柴阎"

var compound = []string{"欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯"}

func (l *Ledger) checkPersonal() {
	for _, m := range l.Months {
		for _, e := range m.Entries {
			l.personal(e, e.Purpose, e.PurposeCell)
			l.personal(e, e.Note, e.NoteCell)
		}
	}
}

func (l *Ledger) personal(e Entry, s, cell string) {
	if s == "" {
		return
	}
	warn := func(key string, args problem.Args) {
		l.Findings = append(l.Findings, Finding{Severity: Warning, Key: key, Sheet: e.Sheet, Row: e.Row, Cell: cell, Args: args})
	}
	f := fold(s)
	if holdsID(f) {
		warn(FindingPersonalID, nil)
	}
	if holdsPhone(f) {
		warn(FindingPersonalPhone, nil)
	}
	if name := aidName(f); name != "" {
		warn(FindingPersonalName, problem.Args{"name": name})
	}
}

// holdsID looks for 18 digits with a right check digit; account and order
// numbers rarely have one.
func holdsID(s string) bool {
	for i := 0; i < len(s); {
		at := idPattern.FindStringIndex(s[i:])
		if at == nil {
			return false
		}
		if _, fault := checkID(s[i+at[0] : i+at[1]]); fault == idOK {
			return true
		}
		i += at[0] + 1
	}
	return false
}

// holdsPhone looks for a mobile number that is not part of a longer number.
func holdsPhone(s string) bool {
	for _, at := range phonePattern.FindAllStringIndex(s, -1) {
		before := at[0] == 0 || s[at[0]-1] < '0' || s[at[0]-1] > '9'
		after := at[1] == len(s) || s[at[1]] < '0' || s[at[1]] > '9'
		if before && after {
			return true
		}
	}
	return false
}

// aidName finds what reads as a person's name beside a word of need.
func aidName(s string) string {
	if len(s) > 300 || !aidWords.MatchString(s) {
		return ""
	}
	for _, part := range han.FindAllString(aidNoise.ReplaceAllString(s, " "), -1) {
		r := []rune(part)
		switch {
		case strings.ContainsAny(part, "某××"):
		case len(r) >= 2 && len(r) <= 3 && strings.ContainsRune(surnames, r[0]):
			return part
		case len(r) >= 3 && len(r) <= 4 && startsCompound(part):
			return part
		}
	}
	return ""
}

func startsCompound(s string) bool {
	for _, c := range compound {
		if strings.HasPrefix(s, c) {
			return true
		}
	}
	return false
}
