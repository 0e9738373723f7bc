package admin

import "juwu/i18n"

var disclosureStates = i18n.Family("disclosure.state.")
