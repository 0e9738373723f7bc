package sheet

// Catalogue keys: i18n/<lang>/sheet.json holds their words.

// Problems of a file as a whole.
const (
	KeyType          = "sheet.type"
	KeyXLS           = "sheet.xls"
	KeyEncrypted     = "sheet.encrypted"
	KeyTooLarge      = "sheet.tooLarge"
	KeyTooManyRows   = "sheet.tooManyRows"
	KeyTooManySheets = "sheet.tooManySheets"
	KeyBomb          = "sheet.bomb"
	KeyDamaged       = "sheet.damaged"
	KeyEmpty         = "sheet.empty"
	KeyNoRoll        = "sheet.noRoll"
	KeyNoBudget      = "sheet.noBudget"
	KeyNoEntries     = "sheet.noEntries"
)

// Reasons why a row or a sheet was left out.
const (
	SkipBlank         = "sheet.skip.blank"
	SkipCarried       = "sheet.skip.carried"
	SkipClosing       = "sheet.skip.closing"
	SkipPage          = "sheet.skip.page"
	SkipCumulative    = "sheet.skip.cumulative"
	SkipSubtotal      = "sheet.skip.subtotal"
	SkipTotal         = "sheet.skip.total"
	SkipSignature     = "sheet.skip.signature"
	SkipNote          = "sheet.skip.note"
	SkipHeader        = "sheet.skip.header"
	SkipTitle         = "sheet.skip.title"
	SkipZero          = "sheet.skip.zero"
	SkipSheetEmpty    = "sheet.skip.sheetEmpty"
	SkipSheetHidden   = "sheet.skip.sheetHidden"
	SkipSheetNoHeader = "sheet.skip.sheetNoHeader"
)

// Findings in a book of account or a budget.
const (
	FindingHidden         = "sheet.finding.hidden"
	FindingNoHeader       = "sheet.finding.noHeader"
	FindingTitleName      = "sheet.finding.titleName"
	FindingUnknownColumn  = "sheet.finding.unknownColumn"
	FindingNoDateColumn   = "sheet.finding.noDateColumn"
	FindingTextNumbers    = "sheet.finding.textNumbers"
	FindingStaleFormula   = "sheet.finding.staleFormula"
	FindingFormula        = "sheet.finding.formula"
	FindingNoDate         = "sheet.finding.noDate"
	FindingBadDate        = "sheet.finding.badDate"
	FindingDateInherited  = "sheet.finding.dateInherited"
	FindingUncertainDate  = "sheet.finding.uncertainDate"
	FindingDateOutside    = "sheet.finding.dateOutside"
	FindingNoPurpose      = "sheet.finding.noPurpose"
	FindingNoAmount       = "sheet.finding.noAmount"
	FindingBadAmount      = "sheet.finding.badAmount"
	FindingBothAmounts    = "sheet.finding.bothAmounts"
	FindingZeroAmount     = "sheet.finding.zeroAmount"
	FindingRounded        = "sheet.finding.rounded"
	FindingNoSide         = "sheet.finding.noSide"
	FindingSwapped        = "sheet.finding.swapped"
	FindingUnbalanced     = "sheet.finding.unbalanced"
	FindingUnbalancedRow  = "sheet.finding.unbalancedRow"
	FindingTotal          = "sheet.finding.total"
	FindingNoOpening      = "sheet.finding.noOpening"
	FindingOpeningDerived = "sheet.finding.openingDerived"
	FindingNoClosing      = "sheet.finding.noClosing"
	FindingChain          = "sheet.finding.chain"
	FindingMonthMissing   = "sheet.finding.monthMissing"
	FindingSheetTwice     = "sheet.finding.sheetTwice"
	FindingVoucherTwice   = "sheet.finding.voucherTwice"
	FindingPersonalID     = "sheet.finding.personalID"
	FindingPersonalPhone  = "sheet.finding.personalPhone"
	FindingPersonalName   = "sheet.finding.personalName"
	FindingBudgetTotal    = "sheet.finding.budgetTotal"
	FindingBudgetTwice    = "sheet.finding.budgetTwice"
	FindingNoYear         = "sheet.finding.noYear"
)

// roleKeys name the meaning of a column of a book of account.
var roleKeys = map[role]string{
	roleDate:        "sheet.column.date",
	roleMonthOnly:   "sheet.column.month",
	roleDayOnly:     "sheet.column.day",
	roleVoucher:     "sheet.column.voucher",
	rolePurpose:     "sheet.column.purpose",
	roleCategory:    "sheet.column.category",
	roleFund:        "sheet.column.fund",
	roleIncome:      "sheet.column.income",
	roleExpense:     "sheet.column.expense",
	roleAmount:      "sheet.column.amount",
	roleSide:        "sheet.column.side",
	roleBalance:     "sheet.column.balance",
	roleHandler:     "sheet.column.handler",
	roleWitness:     "sheet.column.witness",
	roleApprover:    "sheet.column.approver",
	roleAttachments: "sheet.column.attachments",
	roleNote:        "sheet.column.note",
	roleDecision:    "sheet.column.decision",
}

// Errors of rows and findings of columns in a residents' roll.
const (
	RollNoColumn      = "sheet.roll.noColumn"
	RollUnknownColumn = "sheet.roll.unknownColumn"
	RollNoName        = "sheet.roll.noName"
	RollNoGrid        = "sheet.roll.noGrid"
	RollUnknownGrid   = "sheet.roll.unknownGrid"
	RollNoAddress     = "sheet.roll.noAddress"
	RollBadSex        = "sheet.roll.badSex"
	RollBadPresence   = "sheet.roll.badPresence"
	RollBadDate       = "sheet.roll.badDate"
	RollBornLater     = "sheet.roll.bornLater"
	RollTooOld        = "sheet.roll.tooOld"
	RollIDShape       = "sheet.roll.idShape"
	RollIDDigit       = "sheet.roll.idDigit"
	RollIDBirth       = "sheet.roll.idBirth"
	RollIDTwice       = "sheet.roll.idTwice"
	RollBirthDiffers  = "sheet.roll.birthDiffers"
	RollBadPhone      = "sheet.roll.badPhone"
	RollTwoHeads      = "sheet.roll.twoHeads"
)

// Errors of rows of lists about volunteers.
const (
	KeyNoList         = "sheet.noList"
	ListTwice         = "sheet.list.twice"
	ListBadNational   = "sheet.list.badNational"
	ListNoBirth       = "sheet.list.noBirth"
	ListNoNumber      = "sheet.list.noNumber"
	ListBadWhat       = "sheet.list.badWhat"
	ListBadHours      = "sheet.list.badHours"
	ListBadClock      = "sheet.list.badClock"
	ListEndsBefore    = "sheet.list.endsBefore"
	ListMoreThanTimes = "sheet.list.moreThanTimes"
)
