package ballot

// Encodings (specification section 1).
const (
	CodeSyntax              Code = "syntax"                // not the one canonical form of this record
	CodeTooLarge            Code = "too-large"             // longer than any honest record
	CodeScalarForm          Code = "scalar.form"           // not a decimal number of at most 76 digits
	CodeScalarLeadingZero   Code = "scalar.leading-zero"   // a second way to write the same number
	CodeScalarRange         Code = "scalar.range"          // not less than l
	CodeElementForm         Code = "element.form"          // not 64 hexadecimal digits
	CodeElementUpperCase    Code = "element.upper-case"    // hexadecimal digits in upper case
	CodeElementNotCanonical Code = "element.not-canonical" // y >= p, or x = 0 with a sign
	CodeElementNotOnCurve   Code = "element.not-on-curve"  // no point has this y
	CodeElementTorsion      Code = "element.torsion"       // outside the prime-order group
	CodeElementIdentity     Code = "element.identity"      // the identity where it would mean a secret 0
)

// Archive and chain (section 2).
const (
	CodeArchiveHeader     Code = "archive.header"       // a record header that differs from the one form
	CodeArchiveTruncated  Code = "archive.truncated"    // the file ends inside a record
	CodeArchivePadding    Code = "archive.padding"      // bytes other than zero after a body
	CodeArchiveTime       Code = "archive.time"         // a record with another time than the archive
	CodeArchiveDigest     Code = "archive.digest"       // a record's name is not the hash of its body
	CodeArchiveEmpty      Code = "archive.empty"        // no event at all
	CodeEventHeight       Code = "event.height"         // heights must count from 0
	CodeEventParent       Code = "event.parent"         // not the hash of the previous event
	CodeEventPayload      Code = "event.payload"        // does not name the record before it
	CodeEventData         Code = "event.data"           // more or fewer records than this event has
	CodeEventUnknown      Code = "event.unknown"        // a type that these elections do not have
	CodeEventOrder        Code = "event.order"          // not allowed after the event before it
	CodeEventReference    Code = "event.reference"      // a record that names another hash than it should
	CodeUnreferenced      Code = "archive.unreferenced" // records after the last event
	CodePreviousNotPrefix Code = "previous.not-prefix"  // something that was published is missing or changed
)

// Election, trustees, credentials (sections 3 to 6).
const (
	CodeElectionForm         Code = "election.form"
	CodeElectionVersion      Code = "election.version"
	CodeElectionGroup        Code = "election.group"
	CodeElectionQuestion     Code = "election.question"
	CodeElectionKey          Code = "election.key" // not the product of the trustees' keys
	CodeTrusteeForm          Code = "trustee.form"
	CodeTrusteeProof         Code = "trustee.proof"
	CodeThresholdSize        Code = "threshold.size"
	CodeThresholdCert        Code = "threshold.cert"
	CodeThresholdContext     Code = "threshold.context"
	CodeThresholdCoefexps    Code = "threshold.coefexps"
	CodeThresholdSignature   Code = "threshold.signature"
	CodeThresholdKey         Code = "threshold.key"
	CodeThresholdKeySigned   Code = "threshold.key-signature"
	CodeThresholdShare       Code = "threshold.share"     // a secret share that its commitments contradict
	CodeThresholdPrivate     Code = "threshold.private"   // a private message that cannot be opened
	CodeThresholdSender      Code = "threshold.sender"    // a private message signed by someone else
	CodeThresholdRecipient   Code = "threshold.recipient" // a private message meant for someone else
	CodeCredentialForm       Code = "credential.form"
	CodeCredentialLogin      Code = "credential.login"
	CodeCredentialRepeated   Code = "credential.repeated"
	CodeCredentialWeights    Code = "credential.weights" // weights must be given for all or for none
	CodeCredentialWeightForm Code = "credential.weight"
)

// Ballots (section 7).
const (
	CodeBallotRepeated   Code = "ballot.repeated"
	CodeBallotElection   Code = "ballot.election"    // uuid of another election
	CodeBallotPrint      Code = "ballot.fingerprint" // fingerprint of another election
	CodeBallotCredential Code = "ballot.credential"  // not in the list
	CodeBallotHash       Code = "ballot.hash"        // not the hash of what was signed
	CodeBallotSignature  Code = "ballot.signature"
	CodeBallotShape      Code = "ballot.shape" // answers, choices or proofs missing or too many
	CodeBallotIndividual Code = "ballot.individual-proof"
	CodeBallotOverall    Code = "ballot.overall-proof"
	CodeBallotBlank      Code = "ballot.blank-proof"
	CodeOpening          Code = "ballot.opening" // the ballot encrypts something else
	CodeChoice           Code = "choice"         // a vote that the question does not allow
)

// Tally, decryption and result (sections 9 to 11).
const (
	CodeTallyDiffers     Code = "tally.differs"
	CodeTallyCount       Code = "tally.count"
	CodeTallyWeight      Code = "tally.weight"
	CodeShareOwner       Code = "share.owner"
	CodeShareRepeated    Code = "share.repeated"
	CodeShareShape       Code = "share.shape"
	CodeShareProof       Code = "share.proof"
	CodeShareEvidence    Code = "share.evidence" // the factors are not the trustee's powers
	CodeSharesMissing    Code = "share.missing"  // a result before enough trustees have decrypted
	CodeUndecodable      Code = "tally.undecodable"
	CodeResultShape      Code = "result.shape"
	CodeResultDiffers    Code = "result.differs"
	CodeTrusteeSecret    Code = "trustee.secret" // the secret does not belong to that trustee
	CodeCredentialSecret Code = "credential.secret"
)

// Comparing a board with the archive the count is made on.
const (
	CodeBoardOpen    Code = "board.open"    // the board does not end with EndBallots
	CodeBoardSetup   Code = "board.setup"   // not the same election, trustees or credentials
	CodeBoardForeign Code = "board.foreign" // a ballot that is not on the board, or in another place
	CodeBoardPartly  Code = "board.partly"  // only some ballots of a credential are left out

	CodeExclusionForm      Code = "exclusion.form"
	CodeExclusionSignature Code = "exclusion.signature"
	CodeExclusionSigners   Code = "exclusion.signers" // fewer than two bodies answer for it
	CodeExclusionBoard     Code = "exclusion.board"   // a list of another board
	CodeExclusionList      Code = "exclusion.list"    // other ballots are left out than it says
)

// Codes lists every check, for catalogues and for the list of mutants.
func Codes() []Code {
	return []Code{
		CodeSyntax, CodeTooLarge, CodeScalarForm, CodeScalarLeadingZero, CodeScalarRange, CodeElementForm,
		CodeElementUpperCase, CodeElementNotCanonical, CodeElementNotOnCurve, CodeElementTorsion,
		CodeElementIdentity, CodeArchiveHeader, CodeArchiveTruncated, CodeArchivePadding, CodeArchiveTime,
		CodeArchiveDigest, CodeArchiveEmpty, CodeEventHeight, CodeEventParent, CodeEventPayload, CodeEventData,
		CodeEventUnknown, CodeEventOrder, CodeEventReference, CodeUnreferenced, CodePreviousNotPrefix,
		CodeElectionForm, CodeElectionVersion, CodeElectionGroup, CodeElectionQuestion, CodeElectionKey,
		CodeTrusteeForm, CodeTrusteeProof, CodeThresholdSize, CodeThresholdCert, CodeThresholdContext,
		CodeThresholdCoefexps, CodeThresholdSignature, CodeThresholdKey, CodeThresholdKeySigned,
		CodeThresholdShare, CodeThresholdPrivate, CodeThresholdSender, CodeThresholdRecipient,
		CodeCredentialForm, CodeCredentialLogin, CodeCredentialRepeated, CodeCredentialWeights,
		CodeCredentialWeightForm, CodeBallotRepeated, CodeBallotElection, CodeBallotPrint, CodeBallotCredential,
		CodeBallotHash, CodeBallotSignature, CodeBallotShape, CodeBallotIndividual, CodeBallotOverall,
		CodeBallotBlank, CodeOpening, CodeChoice, CodeTallyDiffers, CodeTallyCount, CodeTallyWeight, CodeShareOwner,
		CodeShareRepeated, CodeShareShape, CodeShareProof, CodeShareEvidence, CodeSharesMissing, CodeUndecodable, CodeResultShape,
		CodeResultDiffers, CodeTrusteeSecret, CodeCredentialSecret,
		CodeBoardOpen, CodeBoardSetup, CodeBoardForeign, CodeBoardPartly,
		CodeExclusionForm, CodeExclusionSignature, CodeExclusionSigners, CodeExclusionBoard, CodeExclusionList,
	}
}
