package sheet

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
	"juwu/models"
)

// amountState says what a cell of an amount column turned out to be.
type amountState uint8

const (
	amountBlank   amountState = iota // nothing, or a dash that stands for nothing
	amountOK                         // an amount in whole fen
	amountRounded                    // more than two decimals: rounded to the fen
	amountBad                        // something that is no amount
)

// Units of a sheet's amounts, in fen.
const (
	unitYuan    = 100
	unitWanYuan = 1_000_000 // 万元, ten thousand yuan
)

// maxFen is far above any community's book and far below what float64 holds
// exactly (2^53).
const maxFen = 1e14

// parseAmount reads what people write for money, in fen: "￥1,234.50",
// "１２３４.５０", "1234.5元", "(315.00)", "-315", "红字315", "1.5万元", and
// 壹佰元整. unit is what a bare number counts (unitYuan or unitWanYuan).
func parseAmount(s string, unit int64) (models.Fen, amountState) {
	if s == "" {
		return 0, amountBlank
	}
	s = norm.NFKC.String(s)
	s = amountNoise.Replace(s)
	if dashes(s) {
		return 0, amountBlank
	}
	s, negative := sign(s)
	s, unit = suffix(s, unit)
	digits, ok := ungroup(s)
	if !ok {
		fen, ok := parseUpper(s)
		if !ok {
			return 0, amountBad
		}
		return signed(fen, negative), amountOK
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.Abs(v)*float64(unit) > maxFen {
		return 0, amountBad
	}
	exact := v * float64(unit)
	fen := math.Round(exact)
	state := amountOK
	// Spreadsheets store 94.43 as 94.43000000000001: noise of the format, not
	// a third decimal somebody meant.
	if math.Abs(exact-fen) > 1e-4+math.Abs(exact)*1e-14 {
		state = amountRounded
	}
	return signed(models.Fen(fen), negative), state
}

var amountNoise = strings.NewReplacer(" ", "", "\u00a0", "", "\t", "", "¥", "", "￥", "", "$", "$", "RMB", "", "CNY", "", "人民币", "",
	"−", "-", "–", "-", "—", "-", "﹣", "-", "'", "", "’", "", "圆", "元", "(元)", "", "元整", "元", "元正", "元")

// dashes tells whether the cell holds only signs that stand for "none".
func dashes(s string) bool {
	return s == "" || s == "无" || s == "元" || strings.Trim(s, "-/\\*.") == ""
}

// sign takes off every way to write a negative amount; brackets and 红字 are
// bookkeepers' habits from the time of red ink.
func sign(s string) (string, bool) {
	negative := false
	if n := len(s); n > 2 && s[0] == '(' && s[n-1] == ')' {
		s, negative = s[1:n-1], true
	}
	for _, word := range []string{"红字", "红", "负"} {
		if rest, ok := strings.CutPrefix(s, word); ok {
			s, negative = rest, !negative
			break
		}
	}
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return rest, !negative
	}
	if rest, ok := strings.CutSuffix(s, "-"); ok {
		return rest, !negative
	}
	return strings.TrimPrefix(s, "+"), negative
}

func suffix(s string, unit int64) (string, int64) {
	if rest, ok := strings.CutSuffix(s, "万元"); ok {
		return rest, unitWanYuan
	}
	if rest, ok := strings.CutSuffix(s, "元"); ok && plainNumber(rest) {
		return rest, unitYuan
	}
	return s, unit
}

func plainNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789.,") == "" }

// ungroup checks the spelling of a number and removes its thousands
// separators: 1,234,567.80 is one, 12,34.5 is not.
func ungroup(s string) (string, bool) {
	if s == "" || len(s) > 40 {
		return "", false
	}
	mantissa, exponent, scientific := strings.Cut(strings.ToUpper(s), "E")
	if scientific && (exponent == "" || len(exponent) > 4 || strings.Trim(exponent, "+-0123456789") != "") {
		return "", false
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	if strings.Trim(fraction, "0123456789") != "" || (whole == "" && fraction == "") || (point && scientific && whole == "") {
		return "", false
	}
	if strings.Contains(whole, ",") {
		groups := strings.Split(whole, ",")
		for i, g := range groups {
			if i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3) {
				return "", false
			}
		}
		whole = strings.Join(groups, "")
	}
	if strings.Trim(whole, "0123456789") != "" {
		return "", false
	}
	if !scientific && !point {
		return whole, true
	}
	out := whole + "." + fraction
	if scientific {
		out += "E" + exponent
	}
	return out, true
}

func signed(f models.Fen, negative bool) models.Fen {
	if negative {
		return -f
	}
	return f
}

var upperDigits = map[rune]int64{'零': 0, '〇': 0, '壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9,
	'弌': 1, '貳': 2, '參': 3, '陸': 6}
var upperUnits = map[rune]int64{'拾': 10, '佰': 100, '仟': 1000}

// parseUpper reads the capital form that vouchers carry against forgery:
// 壹万贰仟叁佰肆拾伍元陆角柒分 is 1,234,567 fen.
func parseUpper(s string) (models.Fen, bool) {
	var total, section, digit, last int64
	yuan, seen, digits := int64(0), false, 0
	last = 1 << 40
	for _, r := range s {
		if d, ok := upperDigits[r]; ok {
			if digit != 0 {
				return 0, false
			}
			digit, seen, digits = d, true, digits+1
			continue
		}
		if u, ok := upperUnits[r]; ok {
			if digit == 0 && !(u == 10 && section == 0) {
				return 0, false
			}
			section, digit, seen = section+max(digit, 1)*u, 0, true
			continue
		}
		switch r {
		case '万', '亿':
			u := int64(10_000)
			if r == '亿' {
				u = 100_000_000
			}
			if u >= last || section+digit == 0 {
				return 0, false
			}
			total, section, digit, last = total+(section+digit)*u, 0, 0, u
		case '元':
			yuan, total, section, digit = total+section+digit, 0, 0, 0
		case '角':
			total, digit = total+digit*10, 0
		case '分':
			total, digit = total+digit, 0
		case '整', '正':
		default:
			return 0, false
		}
	}
	if !seen || digits > 20 || section != 0 || digit != 0 || !strings.ContainsAny(s, "元角分") {
		return 0, false
	}
	fen := yuan*100 + total
	return models.Fen(fen), float64(fen) <= maxFen
}
