package policy

import (
	"slices"

	"juwu/models"
)

// Relations to a case, computed for each (complaint_sees.go). The state table
// speaks of them, not of posts: who may dispatch an ordinary case is the
// accused in another.
const (
	RoleReporter   models.Role = "reporter"       // whose case it is
	RoleFirst      models.Role = "first_receiver" // 首接: answers for it until it is dispatched
	RoleHolder     models.Role = "holder"         // who has it now
	RoleAssist     models.Role = "assistant"      // 协办
	RoleDispatcher models.Role = "dispatcher"     // 派单
	RoleOverseer   models.Role = "overseer"       // 督办
)

type complaintMove = Move[models.ComplaintState]

// ComplaintMoves of a case (domain.md E4). A move into its own state is a step
// of the timeline that changes nothing else.
var ComplaintMoves = slices.Concat(
	[]complaintMove{
		{"", "file", everybody, models.ComplaintReceived},

		{models.ComplaintReceived, "triage", intake, models.ComplaintTriaged},
		{models.ComplaintReceived, "dispatch", intake, models.ComplaintAssigned},
		{models.ComplaintReceived, "refuse", intake, models.ComplaintRefused},
		{models.ComplaintTriaged, "dispatch", intake, models.ComplaintAssigned},
		{models.ComplaintTriaged, "triage", intake, models.ComplaintTriaged}, // sorted once more: the clock of the stage runs on
		{models.ComplaintTriaged, "refuse", intake, models.ComplaintRefused},
		{models.ComplaintReopened, "dispatch", intake, models.ComplaintAssigned},

		{models.ComplaintAssigned, "accept", holder, models.ComplaintProcessing},
		{models.ComplaintAssigned, "return", holder, models.ComplaintTriaged},
		{models.ComplaintAssigned, "dispatch", dispatcher, models.ComplaintAssigned}, // decided centrally
		{models.ComplaintProcessing, "dispatch", dispatcher, models.ComplaintAssigned},
		{models.ComplaintProcessing, "deliberate", holder | dispatcher, models.ComplaintDeliberating},
		{models.ComplaintDeliberating, "resume", holder | dispatcher, models.ComplaintProcessing},

		{models.ComplaintAnswered, "accept_answer", reporter, models.ComplaintClosed},
		{models.ComplaintAnswered, "rate", reporter, models.ComplaintRated},
		{models.ComplaintAnswered, "call_back", intake | holder, models.ComplaintAnswered},
		{models.ComplaintAnswered, "reopen", reporter | dispatcher, models.ComplaintReopened}, // by the dispatcher after a call-back
		{models.ComplaintRated, "reopen", reporter, models.ComplaintReopened},
		{models.ComplaintAnswered, "close", clock, models.ComplaintClosed},
		{models.ComplaintRated, "close", clock, models.ComplaintClosed},

		{models.ComplaintMerged, "revive", clock, models.ComplaintTriaged}, // what it was merged into is withdrawn

		{models.ComplaintEscalated, "register", holder, models.ComplaintEscalated},
		{models.ComplaintEscalated, "extend", holder, models.ComplaintEscalated},
		{models.ComplaintEscalated, "send_back", holder, models.ComplaintTriaged},
	},
	from(atWork, "recuse", holder, models.ComplaintTriaged),
	from(atWork, "answer", holder, models.ComplaintAnswered),
	from([]models.ComplaintState{models.ComplaintReceived, models.ComplaintTriaged}, "answer", intake|holder, models.ComplaintAnswered), // solved on the spot
	from([]models.ComplaintState{models.ComplaintReopened}, "answer", intake, models.ComplaintAnswered),
	from([]models.ComplaintState{models.ComplaintEscalated}, "answer", holder, models.ComplaintAnswered),
	from(beforeAnswer, "withdraw", reporter, models.ComplaintWithdrawn),
	from(beforeAnswer, "merge", intake, models.ComplaintMerged),
	from(beforeAnswer, "escalate", reporter|dispatcher|overseer, models.ComplaintEscalated),
	from([]models.ComplaintState{models.ComplaintAnswered, models.ComplaintRated, models.ComplaintClosed, models.ComplaintRefused}, "escalate", reporter, models.ComplaintEscalated),
	stay(open, "reserve", office),
	stay(open, "split", intake|holder),
	stay(open, "assist", intake|holder),
	stay(open, "ask", office),
	stay(open, "reply", reporter),
	stay(open, "order", overseer),
	stay(open, "hand_over", intake|holder|overseer),
	stay(open, "assist_done", SetOf(RoleAssist)),
	stay(models.ComplaintStates, "note", office),
	stay(models.ComplaintStates, "link", office|clock),
	stay(models.ComplaintStates, "redact", intake|holder|overseer),
	stay(models.ComplaintStates, "outer", clock|intake|holder|overseer),
)

var (
	everybody  = SetOf(models.RoleVisitor, RolePerson)
	reporter   = SetOf(RoleReporter)
	holder     = SetOf(RoleHolder)
	dispatcher = SetOf(RoleDispatcher)
	overseer   = SetOf(RoleOverseer)
	intake     = SetOf(RoleFirst, RoleDispatcher)
	office     = SetOf(RoleFirst, RoleDispatcher, RoleHolder, RoleAssist, RoleOverseer)
	clock      = SetOf(RoleJob)

	atWork       = []models.ComplaintState{models.ComplaintAssigned, models.ComplaintProcessing, models.ComplaintDeliberating}
	beforeAnswer = []models.ComplaintState{models.ComplaintReceived, models.ComplaintTriaged, models.ComplaintAssigned, models.ComplaintProcessing, models.ComplaintDeliberating, models.ComplaintReopened}
	open         = slices.DeleteFunc(slices.Clone(models.ComplaintStates), func(s models.ComplaintState) bool { return !s.Open() })
)

func from(states []models.ComplaintState, action string, roles RoleSet, to models.ComplaintState) []complaintMove {
	moves := make([]complaintMove, len(states))
	for i, s := range states {
		moves[i] = complaintMove{s, action, roles, to}
	}
	return moves
}

func stay(states []models.ComplaintState, action string, roles RoleSet) []complaintMove {
	moves := make([]complaintMove, len(states))
	for i, s := range states {
		moves[i] = complaintMove{s, action, roles, s}
	}
	return moves
}

// ComplaintActs are the acts of these relations in a state: what to offer.
func ComplaintActs(s models.ComplaintState, relations RoleSet) []string {
	var acts []string
	for _, m := range ComplaintMoves {
		if m.From == s && m.Roles.Any(relations) && !slices.Contains(acts, m.Action) {
			acts = append(acts, m.Action)
		}
	}
	return acts
}
