// Package ballot is Juwu's verifiable ballot: elections in the format of
// Belenios 3.x (crypto version 1) on the group Ed25519, so that belenios-tool
// and anyone else can check what Juwu publishes.
//
// It is meant to be read beside the specification of that format and to be
// audited alone: bytes go in, values or a *Refusal come out. It imports the
// standard library and one curve library, nothing else of Juwu, and never a
// database, a web framework or a clock; randomness is passed in.
//
// Whatever handles a secret (votes, credentials, trustee keys) goes through
// the constant-time functions of the curve library. Verification sees public
// data only and uses the variable-time arithmetic of vartime.go, which is
// tested against the library.
//
// What each party can do if it is malicious, and what stops it:
//
//   - the server cannot read a vote (it lacks the trustees' keys), add a ballot
//     (it lacks a credential), or drop or change one unseen (the event chain,
//     whose head is published);
//   - a voter cannot vote twice or cast more than the rules allow (the proofs);
//   - fewer than the threshold of trustees can neither decrypt nor, together,
//     make a false result pass; a trustee who lies can only make the tally
//     undecodable, which Decode reports.
package ballot
