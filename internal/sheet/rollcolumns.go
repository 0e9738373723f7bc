package sheet

import (
	"strings"

	"juwu/models"
)

// rollField is a column of a residents' roll.
type rollField uint8

const (
	rollGrid rollField = iota + 1
	rollGroup
	rollBuilding
	rollUnit
	rollRoom
	rollHousehold
	rollName
	rollRelation
	rollSex
	rollBirth
	rollDocumentKind
	rollDocument
	rollPhone
	rollDomicile
	rollSince
	rollPolitics
	rollPresence
	rollIgnored
)

// rollWords are the headings met for each field, folded.
var rollWords = map[rollField][]string{
	rollGrid:         {"网格", "所属网格", "网格名称", "网格号", "所在网格"},
	rollGroup:        {"居民小组", "小组", "居民组", "所属小组"},
	rollBuilding:     {"楼栋", "楼幢", "幢", "栋", "楼号", "楼栋号", "幢号", "楼", "所属楼栋"},
	rollUnit:         {"单元", "单元号", "门洞", "梯"},
	rollRoom:         {"室", "房号", "门牌", "室号", "房间号", "房间", "房屋号", "门牌号"},
	rollHousehold:    {"户号", "户编号", "家庭编号", "户主编号", "家庭户号"},
	rollName:         {"姓名", "居民姓名", "名字", "人员姓名"},
	rollRelation:     {"与户主关系", "户主关系", "家庭关系", "关系", "与户主的关系"},
	rollSex:          {"性别"},
	rollBirth:        {"出生日期", "出生年月日", "出生年月", "生日", "出生"},
	rollDocumentKind: {"证件类型", "证件种类", "证件名称"},
	rollDocument:     {"证件号码", "身份证号", "身份证号码", "证件号", "公民身份号码", "身份证", "公民身份证号码"},
	rollPhone:        {"手机号", "手机", "联系电话", "电话", "手机号码", "联系方式", "电话号码", "移动电话"},
	rollDomicile:     {"户籍", "户籍地", "户籍所在地", "户口所在地", "户籍地址"},
	rollSince:        {"现居住起始日", "入住日期", "居住起始日", "入住时间", "居住起始日期", "迁入日期", "来本社区日期"},
	rollPolitics:     {"政治面貌"},
	rollPresence:     {"人户状态", "人户情况", "人户分离情况", "居住状态", "人户关系"},
	rollIgnored:      {"序号", "备注", "年龄"},
}

// rollColumn is the heading as our own sample writes it: it names the column
// in reports when a file has none.
var rollColumn = map[rollField]string{}

var rollFieldOf = func() map[string]rollField {
	m := map[string]rollField{}
	for f, words := range rollWords {
		rollColumn[f] = words[0]
		for _, w := range words {
			m[w] = f
		}
	}
	return m
}()

// rollRequired must be there: without them a person cannot be told from
// another or be found.
var rollRequired = []rollField{rollGrid, rollBuilding, rollRoom, rollName, rollDocument}

// rollLayout is where each field stands.
type rollLayout struct {
	header  int
	cols    map[rollField]int
	names   map[rollField]string
	unknown []int
}

func (y *rollLayout) cell(l line, f rollField) string {
	c, ok := y.cols[f]
	if !ok {
		return ""
	}
	return l.cell(c)
}

// column is the heading as the file writes it.
func (y *rollLayout) column(f rollField) string {
	if s := y.names[f]; s != "" {
		return s
	}
	return rollColumn[f]
}

func (y *rollLayout) at(l line, f rollField) string {
	c, ok := y.cols[f]
	if !ok {
		return ""
	}
	return address(l.n, c)
}

// rollHeader reads a row as the header of a roll; nil if it is none.
func rollHeader(l line) *rollLayout {
	y := &rollLayout{header: l.n, cols: map[rollField]int{}, names: map[rollField]string{}}
	for c, s := range l.cells {
		f := strings.Trim(withoutBrackets(fold(s)), "*:")
		if f == "" {
			continue
		}
		field, ok := rollFieldOf[f]
		switch {
		case !ok:
			y.unknown = append(y.unknown, c)
		case field == rollIgnored:
		default:
			if _, twice := y.cols[field]; !twice {
				y.cols[field], y.names[field] = c, s
			}
		}
	}
	if _, ok := y.cols[rollName]; !ok && len(y.cols) < 4 || len(y.cols) < 3 {
		return nil
	}
	return y
}

func readSex(s string) (string, bool) {
	switch strings.ToLower(s) {
	case "男", "男性", "m", "1":
		return "m", true
	case "女", "女性", "f", "2":
		return "f", true
	case "":
		return "", true
	}
	return "", false
}

func readPresence(s string) (models.Presence, bool) {
	switch s {
	case "人户一致", "在户在人", "人户同在", "人在户在":
		return models.PresenceBoth, true
	case "人在户不在", "人在户不", "有人无户":
		return models.PresenceHereOnly, true
	case "户在人不在", "人不在户在", "空挂户", "有户无人", "空挂":
		return models.PresenceRegistered, true
	case "":
		return "", true
	}
	return "", false
}

// isHead tells whether the relation names the head of the household.
func isHead(relation string) bool {
	return relation == "户主" || relation == "本人" || relation == "本人或户主" || relation == "户主本人"
}
